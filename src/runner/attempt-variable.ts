/** In the environment of every process of an attempt, with the attempt's token. */
export const attemptVariable = "TREE_AUTORESEARCH_ATTEMPT";
