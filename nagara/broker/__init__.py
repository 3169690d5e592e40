"""The NGSI-LD context broker. No Django, nothing of the other parts."""
