"""A journal's records, one by one, with what the chain says of each. For tools on a PC.

No box imports it. It reads and never writes.
"""

from luot.core import records
from luot.core.journal import chain
from luot.core.journal.ring import SLOTS, JournalError, Ring
from luot.core.journal.search import Search
from luot.core.records import AT_CRC, AT_KIND, AT_VALUE


def read(flash):
    """Yield (sequence, record, linked) for each valid slot, oldest first; write nothing.

    `linked` is True when the chain confirms the record, False when events before it are missing or
    were changed, None where it says nothing: at first, after a loss, of copies and rows. Once the
    ring went round, its oldest sector is left out, as it may be half erased, and one more for each
    ahead that has a zeroed header: a start disowned it. JournalError when this is no journal that
    can be read.
    """
    ring = Ring(flash)
    search = Search(ring)
    search.find_end(search.newest())
    ring.end, newest = -1, search.sector
    if ring.alien:
        raise JournalError("store.alien", "journal: there is something else in this partition")
    oldest = newest + 2 - flash.sectors
    if newest >= flash.sectors:
        while oldest < newest and ring.header((oldest - 1) % flash.sectors) < 0:
            if any(ring.back):
                break
            oldest += 1  # a start disowned that sector: what it had overwritten is gone as well
    value, ordinal = (bytes(chain.SIZE), 0) if oldest <= 0 else (None, -1)
    for sequence in range(max(oldest, 0) * SLOTS, (newest + 1) * SLOTS):
        if sequence % SLOTS == 0 or not ring.read(sequence):
            continue
        kind, number, linked = ring.back[AT_KIND], records.ordinal(ring.back), None
        event = kind < records.HEADER and number > ordinal
        if event or kind in (records.ANCHOR, records.BEGIN):
            if ordinal >= 0 and number != (ordinal + 1 if event else ordinal):
                linked, value = False, None
            elif value is not None:
                linked = event or value == ring.back[AT_VALUE:AT_CRC]
            if not event:
                value = bytes(ring.back[AT_VALUE:AT_CRC])
            elif value is not None:
                value = chain.link(value, ring.back)
            ordinal = number
        yield sequence, bytes(ring.back), linked
