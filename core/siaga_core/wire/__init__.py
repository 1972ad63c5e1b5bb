"""What crosses the network between programs: messages, topics and their version rules.

Version rule: inside `v1` fields may only be added, and an added field has a default. Readers ignore what they do
not know. Anything else is `v2`, on topics of its own.
"""
