"""Leases at the gate: prints while there is no network, and what is told of them afterwards.

=============  ==============================================================
`check`        may this serial of a lease be printed now? a numbered list
`links`        the printer's own journal as a chain of signed entries
`timeguard`    what time it is, whatever the clock says
`machine`      what tells one machine from another
`shelf`        what the gate's journal amounts to: leases, orders, entries
`orders`       files that ask for prints of a lease, or give it back
`intake`       leases, news and orders that are dropped
`desk`         which serial is next, and which lease is over
`grounds`      by what a job of a lease may be printed
`contact`      handing in the journal, and fetching news
=============  ==============================================================
"""
