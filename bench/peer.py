"""The peer of the benchmark: what a small Python tool does with PyYAML. `peer.py pure|c FILE load|get|update|add [ID]`"""

import sys

import yaml

loader, path, action, *rest = sys.argv[1:]
Loader = yaml.CSafeLoader if loader == "c" else yaml.SafeLoader
Dumper = yaml.CSafeDumper if loader == "c" else yaml.SafeDumper

with open(path) as file:
    tree = yaml.load(file, Loader)
nodes = tree["nodes"]
if action == "get":
    print(yaml.dump(next(node for node in nodes if node["node_id"] == rest[0]), Dumper=Dumper, sort_keys=False))
elif action == "update":
    next(node for node in nodes if node["node_id"] == rest[0])["description"] = rest[1]
elif action == "add":
    nodes.append({"node_id": rest[0], "parent_id": nodes[0]["node_id"], "status": "pending", "children": []})
if action in ("update", "add"):
    with open(path, "w") as file:
        yaml.dump(tree, file, Dumper=Dumper, sort_keys=False)
