"""The catalogue as DCAT-AP 3.0.1 (SEMIC, 2025), in Turtle and JSON-LD. Validated with the published SHACL shapes: docs/conformance.md."""

from collections.abc import Iterable

from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef

from nagara.citydata.catalogue import links
from nagara.citydata.models import Dataset, DataSpace
from nagara.people.models import Organisation
from nagara.places.models import Boundary
from nagara.toolkit.texts import Texts

DCATAP = Namespace("http://data.europa.eu/r5r/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
LOCN = Namespace("http://www.w3.org/ns/locn#")
ADMS = Namespace("http://purl.org/adms/")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
NGSI_LD = URIRef("https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/01.09.01_60/gs_CIM009v010901p.pdf")
PREFIXES = {"dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "dcatap": DCATAP, "vcard": VCARD, "locn": LOCN, "skos": SKOS, "xsd": XSD}
FORMATS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "pretty-xml"}
_EU = "http://publications.europa.eu/resource/authority/"
_LANGUAGES = {"th": "THA", "en": "ENG"}
_RESOURCE = URIRef("http://www.w3.org/2000/01/rdf-schema#Resource")
_LICENCE_TYPES = {"CC-BY-4.0": "Attribution", "CC0-1.0": "PublicDomain", "DGA-OPEN": "Attribution"}
_LICENCE_TITLES = {"CC-BY-4.0": "Creative Commons Attribution", "CC0-1.0": "Creative Commons CCZero"}
"""As CKAN's list of licences titles them: ckanext-dcat knows a licence by its address in that list, which is another, or by its title."""
_PUBLISHERS = {
    Organisation.Kind.MINISTRY: "NationalAuthority",
    Organisation.Kind.AGENCY: "NationalAuthority",
    Organisation.Kind.LOCAL: "LocalAuthority",
    Organisation.Kind.UNIVERSITY: "Academia-ScientificOrganisation",
    Organisation.Kind.COMPANY: "Company",
    Organisation.Kind.INTERNATIONAL: "SupraNationalAuthority",
}
_OF_A_FILE = {
    "th": "หนึ่งแถวต่อหนึ่งสิ่งที่สังเกต เป็นค่าล่าสุด ณ เวลาที่ดาวน์โหลด",
    "en": "One row for each thing that is observed, as it is at the time of download.",
}
_OF_THE_API = {
    "th": "ข้อมูลชุดเดียวกันพร้อมค่าย้อนหลัง ผ่าน NGSI-LD API ต้องใช้กุญแจของเมือง และส่งส่วนหัว NGSILD-Tenant: %s",
    "en": "The same data with their history, by the NGSI-LD API. It asks for a key of the city; send the header NGSILD-Tenant: %s",
}


def catalogue(space: DataSpace | None, datasets: Iterable[Dataset], *, title: Texts, description: Texts) -> Graph:
    """The catalogue of one space, or of all (`space` is None)."""
    found = list(datasets)
    boxes = _boxes([space] if space else [one.space for one in found])
    graph = Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, replace=True)
    here = URIRef(links.catalogue(space, "ttl").removesuffix(".ttl"))
    graph.add((here, RDF.type, DCAT.Catalog))
    _say(graph, here, DCTERMS.title, title)
    _say(graph, here, DCTERMS.description, description)
    _publisher(graph, here, space, title)
    for code in ("th", "en"):
        graph.add((here, DCTERMS.language, _authority(graph, "language", _LANGUAGES[code], DCTERMS.LinguisticSystem)))
    graph.add((here, DCAT.themeTaxonomy, URIRef(f"{_EU}data-theme")))
    graph.add((URIRef(f"{_EU}data-theme"), RDF.type, SKOS.ConceptScheme))
    graph.add((URIRef(f"{_EU}data-theme"), DCTERMS.title, Literal("Data theme", lang="en")))
    home = URIRef(links.space_page(space))
    graph.add((here, FOAF.homepage, home))
    graph.add((home, RDF.type, FOAF.Document))
    service = URIRef(links.broker())
    graph.add((here, DCAT.service, service))
    _service(graph, service, space, title)
    for dataset in found:
        node = URIRef(links.dataset_page(dataset))
        graph.add((here, DCAT.dataset, node))
        graph.add((service, DCAT.servesDataset, node))
        graph.add((service, DCAT.theme, _authority(graph, "data-theme", dataset.theme, SKOS.Concept)))
        _dataset(graph, node, dataset, service)
        _spatial(graph, node, dataset.space, boxes)
    if found:
        first, last = min(one.published_at or one.made_at for one in found), max(one.changed_at for one in found)
        graph.add((here, DCTERMS.issued, Literal(first.isoformat(), datatype=XSD.dateTime)))
        graph.add((here, DCTERMS.modified, Literal(last.isoformat(), datatype=XSD.dateTime)))
    if space is not None:
        _spatial(graph, here, space, boxes)
        if space.licence:
            _licence(graph, here, space.licence)
    else:
        for one in {dataset.space_id: dataset.space for dataset in found}.values():
            _spatial(graph, here, one, boxes)
    return graph


def written(graph: Graph, ending: str) -> bytes:
    """A catalogue as bytes; JSON-LD with short names and their context."""
    if ending == "jsonld":
        return graph.serialize(format="json-ld", context={prefix: str(namespace) for prefix, namespace in PREFIXES.items()}).encode()
    return graph.serialize(format=FORMATS[ending]).encode()


def _service(graph: Graph, service: URIRef, space: DataSpace | None, title: Texts) -> None:
    graph.add((service, RDF.type, DCAT.DataService))
    graph.add((service, DCTERMS.title, Literal("NGSI-LD API", lang="en")))
    graph.add((service, DCAT.keyword, Literal("NGSI-LD", lang="en")))
    graph.add((service, DCAT.endpointURL, service))
    graph.add((service, DCAT.endpointDescription, URIRef(f"{service}/openapi.json")))
    graph.add((service, DCTERMS.conformsTo, NGSI_LD))
    graph.add((service, DCTERMS.accessRights, _authority(graph, "access-right", "RESTRICTED", DCTERMS.RightsStatement)))
    _publisher(graph, service, space, title)
    graph.add((NGSI_LD, RDF.type, DCTERMS.Standard))
    graph.add((URIRef(f"{service}/openapi.json"), RDF.type, _RESOURCE))


def _dataset(graph: Graph, node: URIRef, dataset: Dataset, service: URIRef) -> None:
    graph.add((node, RDF.type, DCAT.Dataset))
    graph.add((node, DCTERMS.identifier, Literal(dataset.name)))
    _say(graph, node, DCTERMS.title, dataset.title)
    _say(graph, node, DCTERMS.description, dataset.description)
    _publisher(graph, node, dataset.space, dataset.space.title)
    for word in dataset.keywords:
        graph.add((node, DCAT.keyword, Literal(word, lang="en" if word.isascii() else "th")))
    graph.add((node, DCAT.theme, _authority(graph, "data-theme", dataset.theme, SKOS.Concept)))
    graph.add((node, DCTERMS.accrualPeriodicity, _authority(graph, "frequency", dataset.frequency, DCTERMS.Frequency)))
    graph.add((node, DCTERMS.accessRights, _authority(graph, "access-right", "PUBLIC", DCTERMS.RightsStatement)))
    graph.add((node, DCTERMS.issued, Literal((dataset.published_at or dataset.made_at).isoformat(), datatype=XSD.dateTime)))
    graph.add((node, DCTERMS.modified, Literal(dataset.changed_at.isoformat(), datatype=XSD.dateTime)))
    page = URIRef(links.dataset_page(dataset))
    graph.add((node, DCAT.landingPage, page))
    graph.add((page, RDF.type, FOAF.Document))
    _covered(graph, node, dataset)
    for ending, media_type, title, file_type in links.DOWNLOADS:
        distribution = URIRef(links.download(dataset, ending))
        graph.add((node, DCAT.distribution, distribution))
        _distribution(graph, distribution, dataset, title, _OF_A_FILE)
        graph.add((distribution, DCAT.accessURL, distribution))
        graph.add((distribution, DCAT.downloadURL, distribution))
        graph.add((distribution, RDF.type, _RESOURCE))
        media = URIRef(f"http://www.iana.org/assignments/media-types/{media_type}")
        graph.add((distribution, DCAT.mediaType, media))
        graph.add((media, RDF.type, DCTERMS.MediaType))
        graph.add((distribution, DCTERMS["format"], _authority(graph, "file-type", file_type, DCTERMS.MediaTypeOrExtent)))
    api = URIRef(f"{links.dataset_page(dataset)}#api")
    graph.add((node, DCAT.distribution, api))
    _distribution(graph, api, dataset, "NGSI-LD", {code: words % dataset.space.slug for code, words in _OF_THE_API.items()})
    graph.add((api, DCAT.accessURL, service))
    graph.add((service, RDF.type, _RESOURCE))
    graph.add((api, DCAT.accessService, service))
    graph.add((api, DCTERMS["format"], _authority(graph, "file-type", "JSON_LD", DCTERMS.MediaTypeOrExtent)))


def _distribution(graph: Graph, node: URIRef, dataset: Dataset, title: str, description: Texts) -> None:
    graph.add((node, RDF.type, DCAT.Distribution))
    graph.add((node, DCTERMS.title, Literal(title, lang="en")))
    _say(graph, node, DCTERMS.description, description)
    _licence(graph, node, dataset.licence)
    graph.add((node, DCATAP.availability, _authority(graph, "planned-availability", "AVAILABLE", SKOS.Concept)))


def _licence(graph: Graph, node: URIRef, code: str) -> None:
    licence = URIRef(links.LICENCES[code])
    kind = ADMS[f"licencetype/{_LICENCE_TYPES[code]}"]
    graph.add((node, DCTERMS.license, licence))
    graph.add((licence, RDF.type, DCTERMS.LicenseDocument))
    if code in _LICENCE_TITLES:
        graph.add((licence, DCTERMS.title, Literal(_LICENCE_TITLES[code], lang="en")))
    graph.add((licence, DCTERMS.type, _concept(graph, kind, ADMS["licencetype/1.0"], _LICENCE_TYPES[code])))


def _say(graph: Graph, node: URIRef | BNode, name: URIRef, words: Texts) -> None:
    for code, text in words.items():
        graph.add((node, name, Literal(text, lang=code)))


def _publisher(graph: Graph, node: URIRef, space: DataSpace | None, otherwise: Texts) -> None:
    """Who publishes, and where to turn to: the page of the space, which says more. No person is named."""
    organisation = space.publisher if space else None
    lead = organisation.code if organisation else space.slug if space else "all"
    names = organisation.name if organisation else otherwise
    agent, contact = BNode(f"agent-{lead}"), BNode(f"contact-{lead}")
    graph.add((node, DCTERMS.publisher, agent))
    graph.add((agent, RDF.type, FOAF.Agent))
    _say(graph, agent, FOAF.name, names)
    if organisation and (kind := _PUBLISHERS.get(Organisation.Kind(organisation.kind))):
        kinds = ADMS["publishertype/1.0"]
        graph.add((agent, DCTERMS.type, _concept(graph, ADMS[f"publishertype/{kind}"], kinds, kind)))
    if node == URIRef(links.catalogue(space, "ttl").removesuffix(".ttl")):
        return
    graph.add((node, DCAT.contactPoint, contact))
    graph.add((contact, RDF.type, VCARD.Organization))
    graph.add((contact, RDF.type, VCARD.Kind))
    _say(graph, contact, VCARD.fn, names)
    page = URIRef(links.space_page(space))
    graph.add((contact, VCARD.hasURL, page))
    graph.add((page, RDF.type, _RESOURCE))


def _covered(graph: Graph, node: URIRef, dataset: Dataset) -> None:
    """From which day to which there are observations, and the box around the things that are observed."""
    if dataset.first_day and dataset.last_day:
        period = BNode(f"period-{dataset.name}")
        graph.add((node, DCTERMS.temporal, period))
        graph.add((period, RDF.type, DCTERMS.PeriodOfTime))
        graph.add((period, DCAT.startDate, Literal(dataset.first_day.isoformat(), datatype=XSD.date)))
        graph.add((period, DCAT.endDate, Literal(dataset.last_day.isoformat(), datatype=XSD.date)))
    if dataset.extent:
        around = BNode(f"extent-{dataset.name}")
        graph.add((node, DCTERMS.spatial, around))
        graph.add((around, RDF.type, DCTERMS.Location))
        _box(graph, around, dataset.extent)
        west, south, east, north = dataset.extent
        graph.add((around, DCAT.centroid, _wkt(f"POINT({round((west + east) / 2, 6)} {round((south + north) / 2, 6)})")))


def _boxes(spaces: Iterable[DataSpace]) -> dict[int, list[float]]:
    """The boxes of the areas whose boundary is on record."""
    areas = {space.area_id for space in spaces if space.area_id is not None}
    rows = Boundary.objects.filter(area__in=areas, ended__isnull=True).values_list("area", "west", "south", "east", "north")
    return {area: [round(side, 6) for side in sides] for area, *sides in rows}


def _box(graph: Graph, node: BNode, box: list[float]) -> None:
    west, south, east, north = box
    corners = ", ".join(f"{x} {y}" for x, y in ((west, south), (east, south), (east, north), (west, north), (west, south)))
    graph.add((node, DCAT.bbox, _wkt(f"POLYGON(({corners}))")))


def _wkt(text: str) -> Literal:
    return Literal(text, datatype=GEO.wktLiteral)


def _spatial(graph: Graph, node: URIRef, space: DataSpace, boxes: dict[int, list[float]]) -> None:
    place = BNode(f"place-{space.slug}")
    graph.add((node, DCTERMS.spatial, place))
    graph.add((place, RDF.type, DCTERMS.Location))
    _say(graph, place, LOCN.geographicName, space.place.name)
    longitude, latitude = space.position
    if space.area_id in boxes:
        west, south, east, north = boxes[space.area_id]
        longitude, latitude = round((west + east) / 2, 6), round((south + north) / 2, 6)
        _box(graph, place, boxes[space.area_id])
    graph.add((place, DCAT.centroid, _wkt(f"POINT({longitude} {latitude})")))


def _authority(graph: Graph, table: str, code: str, kind: URIRef) -> URIRef:
    """A code of an EU authority table, with its type and scheme, so that the shapes need not fetch the table."""
    node = _concept(graph, URIRef(f"{_EU}{table}/{code}"), URIRef(_EU + table), code)
    graph.add((node, RDF.type, kind))
    return node


def _concept(graph: Graph, node: URIRef, scheme: URIRef, code: str) -> URIRef:
    graph.add((node, RDF.type, SKOS.Concept))
    graph.add((node, SKOS.inScheme, scheme))
    graph.add((node, SKOS.prefLabel, Literal(code.lower(), lang="en")))
    return node
