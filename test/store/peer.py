"""PyYAML as the peer: reads a JSON list of jobs from stdin and answers with a JSON list, in order.

{"load": text}                   -> {"value": tagged value} or {"error": message}
{"dump": value, "options": {..}} -> {"text": what yaml.dump writes}
{"edit": text, "id": .., "status": ..} -> {"text": loaded, the node's status set, dumped again as the Python tool does}
"""
import json
import sys

import yaml


def tag(value):
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        return ["float", repr(value)]
    if isinstance(value, str):
        return ["str", value]
    if isinstance(value, list):
        return ["list", [tag(item) for item in value]]
    if isinstance(value, dict):
        return ["map", [[tag(key), tag(item)] for key, item in value.items()]]
    return [type(value).__name__, str(value)]


def answer(job):
    if "load" in job:
        try:
            return {"value": tag(yaml.safe_load(job["load"]))}
        except (yaml.YAMLError, ValueError) as error:
            return {"error": str(error)}
    if "dump" in job:
        return {"text": yaml.dump(job["dump"], **job["options"])}
    tree = yaml.safe_load(job["edit"])
    nodes = tree["nodes"]
    node = nodes[job["id"]] if isinstance(nodes, dict) else next(n for n in nodes if n["node_id"] == job["id"])
    node["status"] = job["status"]
    return {"text": yaml.dump(tree, allow_unicode=True, sort_keys=False)}


sys.stdin.reconfigure(encoding="utf-8", errors="surrogatepass")
json.dump([answer(job) for job in json.load(sys.stdin)], sys.stdout)
