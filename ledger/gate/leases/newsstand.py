"""The newest news that a gate has: checked when they come, and kept in `news.json`."""

from __future__ import annotations

from pathlib import Path

from ledger import newsfiles
from ledger.errors import (
    BadSignature,
    LeaseNotAllowed,
    MalformedNews,
    NewsOutdated,
    NotIssuer,
    WrongDomain,
)
from ledger.gate.disk import translated, write_atomically
from ledger.models import Address
from ledger.newsfiles import NewsFile
from ledger.signing import require_signer
from ledger.tokens import Domain


class Newsstand:
    """Keeps one edition, and takes only newer ones of the pinned issuer."""

    def __init__(self, path: Path, domain: Domain, issuer: Address | None) -> None:
        """Read what is kept. A file that is damaged or foreign counts as none. StoreUnavailable."""
        self._path = path
        self._domain = domain
        self._issuer = issuer
        self._held = self._load()

    @property
    def held(self) -> NewsFile | None:
        """The newest edition that was taken, None before the first."""
        return self._held

    def take(self, file: NewsFile) -> bool:
        """Keep an edition if it is newer than the one that is kept; whether it was.

        Raises NewsOutdated if it is older; WrongDomain, NotIssuer or BadSignature if it is
        not this ledger's; LeaseNotAllowed if this gate is pinned to no issuer.
        """
        self._require(file)
        if self._held is not None:
            if file.news.number < self._held.news.number:
                raise NewsOutdated(
                    f"These news have the number {file.news.number}; the gate has number "
                    f"{self._held.news.number}."
                )
            if file.news.number == self._held.news.number:
                return False
        with translated(f"The file {self._path}"):
            write_atomically(self._path, newsfiles.dump(file))
        self._held = file
        return True

    def _require(self, file: NewsFile) -> None:
        if self._issuer is None:
            raise LeaseNotAllowed("This gate is pinned to no issuer: set `issuer` in gate.toml.")
        if (file.chain_id, file.contract) != (self._domain.chain_id, self._domain.licenses):
            raise WrongDomain("These are the news of another deployment.")
        if file.signer != self._issuer:
            raise NotIssuer(
                f"The news are signed by {file.signer}; this gate is pinned to {self._issuer}.",
                signer=file.signer,
            )
        require_signer(self._domain.typed(file.news), file.signature, self._issuer)

    def _load(self) -> NewsFile | None:
        with translated(f"The file {self._path}"):
            try:
                data = self._path.read_bytes()
            except FileNotFoundError:
                return None
        try:
            file = newsfiles.parse(data)
            self._require(file)
        except (MalformedNews, WrongDomain, NotIssuer, BadSignature, LeaseNotAllowed):
            return None  # without news nothing is printed longer than a lease's own allow
        return file
