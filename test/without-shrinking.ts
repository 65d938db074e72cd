// For mutation testing, which asks only whether a test fails: the smallest counterexample is not looked for.
import fc from "fast-check";

fc.configureGlobal({ endOnFailure: true });
