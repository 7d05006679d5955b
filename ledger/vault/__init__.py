"""Keys and sealed files: everything that encrypts, and nothing else.

==================  =====================================================================
`seal`, `unseal`    a design's file under its content key (docs/sealed-file.md)
`wrap_key`, ...     a content key under the service's own key, as the database keeps it
`release_key`, ...  a content key for exactly one printer (HPKE, RFC 9180)
`HostKey`           what a gate signs its word to the machine's host with
`load_or_create_service_key`, `save_kem_key`, `save_host_key`, ...    keys in files
==================  =====================================================================

This package is the only place that imports `cryptography`. It knows nothing of
IPFS: whoever seals a file passes an object that computes the CID (`CidHasher`).
"""

from ledger.vault.hostkeys import HostKey
from ledger.vault.keyfiles import (
    create_private,
    load_host_key,
    load_kem_key,
    load_or_create_service_key,
    save_host_key,
    save_kem_key,
)
from ledger.vault.keys import (
    ContentKey,
    KemPrivateKey,
    Secret,
    ServiceKey,
    new_content_key,
    new_kem_key,
)
from ledger.vault.release import receive_key, release_info, release_key
from ledger.vault.sealed_file import CHUNK_SIZE, CidHasher, Sealed, seal, sealed_size_of, unseal
from ledger.vault.wrap import unwrap_key, wrap_key

__all__ = [
    "CHUNK_SIZE",
    "CidHasher",
    "ContentKey",
    "HostKey",
    "KemPrivateKey",
    "Sealed",
    "Secret",
    "ServiceKey",
    "create_private",
    "load_host_key",
    "load_kem_key",
    "load_or_create_service_key",
    "new_content_key",
    "new_kem_key",
    "receive_key",
    "release_info",
    "release_key",
    "save_host_key",
    "save_kem_key",
    "seal",
    "sealed_size_of",
    "unseal",
    "unwrap_key",
    "wrap_key",
]
