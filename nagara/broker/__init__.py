"""The NGSI-LD context broker (ETSI GS CIM 009): a service for machines, beside the Django stack and without it."""
