"""What a printed file says of itself for the archive: XMP, document facts, one colour space.

The files carry what PDF/A asks of metadata, fonts, language and colour. They do not claim to be
PDF/A: the writer ends streams without the line end that ISO 19005-2 6.1.7.1 demands.
"""

from __future__ import annotations

from functools import lru_cache
from xml.sax.saxutils import escape

from PIL import ImageCms
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFStream,
    PDFString,
    PDFZCompress,
)
from reportlab.pdfgen.canvas import Canvas

PACKET = "W5M0MpCehiHzreSzNTczkc9d"  # the mark every XMP packet begins with
DATE = slice(24, 36)  # when an ICC profile was made; here never, so that files stay the same


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return the ICC profile of sRGB, the same bytes in every run."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    raw = bytearray(profile.tobytes())
    raw[DATE] = bytes(DATE.stop - DATE.start)
    return bytes(raw)


def xmp(title: str, author: str, producer: str) -> str:
    """Return the XMP packet of a Chinese document."""
    return f"""<?xpacket begin="\ufeff" id="{PACKET}"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<dc:format>application/pdf</dc:format>
<dc:language><rdf:Bag><rdf:li>zh-CN</rdf:li></rdf:Bag></dc:language>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>
<pdf:Producer>{escape(producer)}</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>
"""


def describe(canvas: Canvas, *, title: str, author: str, subject: str) -> None:
    """Let a document say title, author and subject, twice as archives ask, and that it is sRGB."""
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject(subject)
    document = canvas._doc
    packet = xmp(title, author, document.info.producer).encode("utf-8")
    kind = {"Type": PDFName("Metadata"), "Subtype": PDFName("XML")}
    document.Catalog.Metadata = PDFStream(PDFDictionary(kind), packet, filters=[])
    profile = PDFStream(PDFDictionary({"N": 3}), srgb_profile(), filters=[PDFZCompress])
    document.Catalog.OutputIntents = PDFArray(
        [
            PDFDictionary(
                {
                    "Type": PDFName("OutputIntent"),
                    "S": PDFName("GTS_PDFA1"),
                    "OutputConditionIdentifier": PDFString("sRGB IEC61966-2.1"),
                    "DestOutputProfile": document.Reference(profile),
                }
            )
        ]
    )
    # The list of entries the writer puts into the catalogue knows no output intents.
    document.Catalog.__NoDefault__ = [*document.Catalog.__NoDefault__, "OutputIntents"]
