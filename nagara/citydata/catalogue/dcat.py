"""The catalogue as DCAT-AP 3.0.1 (SEMIC, 2025), in Turtle and JSON-LD. Validated with the published SHACL shapes: docs/conformance.md."""

from collections.abc import Iterable

from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, BNode, Graph, Literal, Namespace, URIRef

from nagara.citydata.catalogue import links
from nagara.citydata.models import Dataset, DataSpace
from nagara.people.models import Organisation
from nagara.toolkit.texts import Texts

DCATAP = Namespace("http://data.europa.eu/r5r/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
LOCN = Namespace("http://www.w3.org/ns/locn#")
_EU = "http://publications.europa.eu/resource/authority/"
NGSI_LD = URIRef("https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/01.09.01_60/gs_CIM009v010901p.pdf")
_LANGUAGES = {"th": "THA", "en": "ENG"}
FORMATS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "pretty-xml"}


def catalogue(space: DataSpace | None, datasets: Iterable[Dataset], *, title: Texts, description: Texts) -> Graph:
    """The catalogue of one space, or of all (`space` is None)."""
    graph = Graph()
    for prefix, namespace in (("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF), ("dcatap", DCATAP), ("vcard", VCARD), ("locn", LOCN)):
        graph.bind(prefix, namespace, replace=True)
    here = URIRef(links.catalogue(space, "ttl").removesuffix(".ttl"))
    graph.add((here, RDF.type, DCAT.Catalog))
    _say(graph, here, DCTERMS.title, title)
    _say(graph, here, DCTERMS.description, description)
    _publisher(graph, here, space.publisher if space else None, title)
    for code in ("th", "en"):
        graph.add((here, DCTERMS.language, _authority(graph, "language", _LANGUAGES[code], DCTERMS.LinguisticSystem)))
    service = URIRef(links.broker())
    graph.add((here, DCAT.service, service))
    _service(graph, service)
    for dataset in datasets:
        node = URIRef(links.dataset_page(dataset))
        graph.add((here, DCAT.dataset, node))
        graph.add((service, DCAT.servesDataset, node))
        _dataset(graph, node, dataset, service)
    if space is not None:
        _spatial(graph, here, space)
    return graph


def _service(graph: Graph, service: URIRef) -> None:
    graph.add((service, RDF.type, DCAT.DataService))
    graph.add((service, DCTERMS.title, Literal("NGSI-LD API", lang="en")))
    graph.add((service, DCAT.endpointURL, service))
    graph.add((service, DCAT.endpointDescription, URIRef(f"{service}/openapi.json")))
    graph.add((service, DCTERMS.conformsTo, NGSI_LD))
    graph.add((NGSI_LD, RDF.type, DCTERMS.Standard))
    graph.add((URIRef(f"{service}/openapi.json"), RDF.type, _RESOURCE))


_RESOURCE = URIRef("http://www.w3.org/2000/01/rdf-schema#Resource")
_SKOS_CONCEPT = URIRef("http://www.w3.org/2004/02/skos/core#Concept")
_SCHEME = URIRef("http://www.w3.org/2004/02/skos/core#inScheme")


def _dataset(graph: Graph, node: URIRef, dataset: Dataset, service: URIRef) -> None:
    graph.add((node, RDF.type, DCAT.Dataset))
    graph.add((node, DCTERMS.identifier, Literal(dataset.name)))
    _say(graph, node, DCTERMS.title, dataset.title)
    _say(graph, node, DCTERMS.description, dataset.description)
    _publisher(graph, node, dataset.space.publisher, dataset.space.title)
    for word in dataset.keywords:
        graph.add((node, DCAT.keyword, Literal(word, lang="en" if word.isascii() else "th")))
    graph.add((node, DCAT.theme, _authority(graph, "data-theme", dataset.theme, _SKOS_CONCEPT)))
    graph.add((node, DCTERMS.accrualPeriodicity, _authority(graph, "frequency", dataset.frequency, DCTERMS.Frequency)))
    graph.add((node, DCTERMS.accessRights, _authority(graph, "access-right", "PUBLIC", DCTERMS.RightsStatement)))
    graph.add((node, DCTERMS.issued, Literal((dataset.published_at or dataset.made_at).isoformat(), datatype=XSD.dateTime)))
    graph.add((node, DCTERMS.modified, Literal(dataset.changed_at.isoformat(), datatype=XSD.dateTime)))
    page = URIRef(links.dataset_page(dataset))
    graph.add((node, DCAT.landingPage, page))
    graph.add((page, RDF.type, FOAF.Document))
    _spatial(graph, node, dataset.space)
    for ending, media_type, title, file_type in links.DOWNLOADS:
        distribution = URIRef(links.download(dataset, ending))
        graph.add((node, DCAT.distribution, distribution))
        _distribution(graph, distribution, dataset, title)
        graph.add((distribution, DCAT.accessURL, distribution))
        graph.add((distribution, DCAT.downloadURL, distribution))
        graph.add((distribution, RDF.type, _RESOURCE))
        media = URIRef(f"http://www.iana.org/assignments/media-types/{media_type}")
        graph.add((distribution, DCAT.mediaType, media))
        graph.add((media, RDF.type, DCTERMS.MediaType))
        graph.add((distribution, DCTERMS["format"], _authority(graph, "file-type", file_type, DCTERMS.MediaTypeOrExtent)))
    api = URIRef(f"{links.broker()}/entities?type={dataset.entity_type}#{dataset.space.slug}")
    graph.add((node, DCAT.distribution, api))
    _distribution(graph, api, dataset, "NGSI-LD")
    graph.add((api, RDF.type, _RESOURCE))
    graph.add((api, DCAT.accessURL, api))
    graph.add((api, DCAT.accessService, service))
    graph.add((api, DCTERMS["format"], _authority(graph, "file-type", "JSON_LD", DCTERMS.MediaTypeOrExtent)))


def _distribution(graph: Graph, node: URIRef, dataset: Dataset, title: str) -> None:
    graph.add((node, RDF.type, DCAT.Distribution))
    graph.add((node, DCTERMS.title, Literal(title, lang="en")))
    licence = URIRef(links.LICENCES[dataset.licence])
    graph.add((node, DCTERMS.license, licence))
    graph.add((licence, RDF.type, DCTERMS.LicenseDocument))
    graph.add((node, DCATAP.availability, _authority(graph, "planned-availability", "AVAILABLE", _SKOS_CONCEPT)))


def _say(graph: Graph, node: URIRef, name: URIRef, words: Texts) -> None:
    for code, text in words.items():
        graph.add((node, name, Literal(text, lang=code)))


def _publisher(graph: Graph, node: URIRef, organisation: Organisation | None, otherwise: Texts) -> None:
    agent = BNode(f"agent-{organisation.code}" if organisation else "agent")
    graph.add((node, DCTERMS.publisher, agent))
    graph.add((agent, RDF.type, FOAF.Agent))
    for code, text in (organisation.name if organisation else otherwise).items():
        graph.add((agent, FOAF.name, Literal(text, lang=code)))


def _spatial(graph: Graph, node: URIRef, space: DataSpace) -> None:
    place = BNode(f"place-{space.slug}")
    graph.add((node, DCTERMS.spatial, place))
    graph.add((place, RDF.type, DCTERMS.Location))
    _say(graph, place, LOCN.geographicName, space.place.name)  # type: ignore[arg-type]


def _authority(graph: Graph, table: str, code: str, kind: URIRef) -> URIRef:
    """A code of an EU authority table, with its type and scheme, so that the shapes need not fetch the table."""
    node = URIRef(f"{_EU}{table}/{code}")
    graph.add((node, RDF.type, kind))
    if kind == _SKOS_CONCEPT:
        graph.add((node, _SCHEME, URIRef(_EU + table)))
        graph.add((node, URIRef("http://www.w3.org/2004/02/skos/core#prefLabel"), Literal(code.lower(), lang="en")))
    return node
