"""Pin sealed files and documents, and fetch them again, verified.

One port (`Ipfs`), two adapters that give the same CID for the same bytes: `KuboIpfs`
speaks to a real node through its RPC, `EmbeddedIpfs` keeps files in a folder. This
package is the only place that imports `ipfshttpclient` and `aleph_cid`.
"""

from ledger.ipfs.cid import CidHasher, cid_of
from ledger.ipfs.embedded import EmbeddedIpfs
from ledger.ipfs.port import LEAF_SIZE, Ipfs
from ledger.ipfs.rpc import KuboIpfs

__all__ = ["LEAF_SIZE", "CidHasher", "EmbeddedIpfs", "Ipfs", "KuboIpfs", "cid_of"]
