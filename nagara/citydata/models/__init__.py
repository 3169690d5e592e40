"""The rows of the people's side of the data platform. Entities and observations live in the broker and nowhere here."""

from nagara.citydata.models.binding import Binding, BindingVersion, ComputedValue
from nagara.citydata.models.catalogue import Dataset
from nagara.citydata.models.source import Load, Source
from nagara.citydata.models.space import DataSpace, Endpoint, Probe

__all__ = ["Binding", "BindingVersion", "ComputedValue", "DataSpace", "Dataset", "Endpoint", "Load", "Probe", "Source"]
