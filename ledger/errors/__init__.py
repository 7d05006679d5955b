"""Every way in which Platemark says no.

The tree, with the HTTP status that the API answers::

    LedgerError                                                         500
    ├ BadRequest                                                        400
    │ ├ MalformedRequest  MalformedTicket  CursorInvalid                400
    │ └ TransactionMismatch                                             400
    ├ InvalidDesign                                                     422
    │ └ DesignTooLarge                                                  413
    ├ InvalidTerms                                                      422
    │ ├ QuotaLimitsInvalid  DurationZero  WindowInvalid                 422
    │ ├ CurrencyNotSupported  QuotaOutOfRange  WrongPayment             422
    │ ├ MetadataMissing  InvalidIssuer  ExpiryInPast                    422
    │ ├ CheckpointEmpty  RootMissing                                    422
    │ ├ CouncilMissing  PledgeWindowInvalid  PledgeDurationInvalid      422
    │ ├ PledgeQuotaInvalid  PledgeDocumentMissing  CrisisQuotaInvalid   422
    │ ├ CrisisWindowInvalid  RegionMissing  EvidenceMissing             422
    │ ├ CrisisSignerMissing  RightsUnknown  PaymentShort  PermitFailed  422
    │ ├ BalanceTooLow  AllowanceTooLow                                  422
    │ ├ ParentCountInvalid  ParentRepeated  SharesTooHigh               422
    │ ├ TooManyAncestors  NoticeMissing                                 422
    │ ├ ResaleRoyaltyTooHigh  ResaleReceiverInvalid                     422
    │ └ InvalidRecipient  PaymentFailed                                 422
    ├ NotFound                                                          404
    │ ├ DesignNotFound  LicenseNotFound  OfferNotFound                  404
    │ ├ ContentNotFound  PrinterNotFound  TokenNotFound                 404
    │ ├ EntryNotFound  CheckpointNotFound                               404
    │ ├ CrisisNotFound  PledgeNotFound                                  404
    │ ├ SubjectNotFound  VariantNotFound  LeaseNotFound                 404
    │ └ OrderNotFound  SliceNotFound  WebhookNotFound                   404
    ├ Conflict                                                          409
    │ ├ DesignAlreadyRegistered  SerialAlreadySpent                     409
    │ ├ RequestReplayed  IdempotencyKeyReused                           409
    │ ├ RegistrationIncomplete  DeploymentMismatch                      409
    │ ├ CheckpointShrinks  CheckpointContradicts  PledgeBinds           409
    │ ├ SignatureSpent  BatchFailed  NotVoidable  SerialNotFree         409
    │ ├ AlreadyRecalled  NotRecalled  ResaleRoyaltyFixed                409
    │ ├ CommitmentMissing  CommitmentTooYoung  CommitmentExists         409
    │ ├ TokensOutstanding  EvidenceUnfit  ReceiptContradicts            409
    │ ├ JournalForked  JournalGap  LeaseOpen  NewsOutdated              409
    │ ├ TooManyEnrolments                                               429
    │ └ NothingToWithdraw  NothingToRefund  NothingToSettle             409
    ├ RightsDenied                                                      403
    │ ├ NotDesignOwner  NotIssuer  NotLicensee  PrinterNotNamed         403
    │ ├ LicenseExpired  LicenseRevoked  QuotaExhausted                  403
    │ ├ OfferNotOpen  RefundNotOpen  PrinterNotEnrolled                 403
    │ ├ NotCouncil  CenterNotNamed  CrisisOver  PledgeOver              403
    │ ├ PledgeExhausted  NotPrintLicenses                               403
    │ ├ LicenseIrrevocable  LicenseNotTransferable                      403
    │ ├ LicenseeNotNamed  TooManyForLicensee                            403
    │ ├ Recalled  NotForSale  ConsentMissing                            403
    │ ├ JobWithoutToken  KeyNotReleasable  VariantsNotAllowed           403
    │ ├ PrinterRevoked  PrinterRotated  LeaseNotAllowed  LeaseEnded     403
    │ ├ NewsTooOld  ClockSetBack  MachineChanged  JournalRolledBack     403
    │ └ SlicerNotConfined  OwnFilesOff                                  403
    ├ TokenRejected                                                     403
    │ ├ BadSignature  SignatureExpired  WrongDomain                     403
    │ ├ TokenExpired  TokenNotYetValid                                  403
    │ ├ TakeOutsideToken  JobNotNamed                                   403
    │ └ MalformedLease  MalformedNews                                   403
    ├ IntegrityFailure                                                  502
    │ ├ DigestMismatch  UnsealFailed                                    502
    │ └ ProofInvalid  LogDiffers                                        502
    ├ Unavailable                                                       503
    │ ├ ChainUnavailable  IpfsUnavailable                               503
    │ └ ServiceUnavailable  StoreUnavailable  HostUnavailable           503
    ├ SetupError                                                        500
    │ ├ ToolMissing  KeystoreLocked  KeystoreExists  CompilationFailed  500
    │ └ CertificateChanged                                              500
    ├ SlicingFailed                                                     422
    │ └ DoesNotFit                                                      422
    └ UnknownRevert                                                     502

A class that shares its name with a Solidity custom error carries that error's
arguments as `facts`. Adapters translate at their edge (`raise ... from`), so
nothing else reaches a caller.
"""

from __future__ import annotations

from ledger.errors.conflicts import (
    AlreadyRecalled as AlreadyRecalled,
    BatchFailed as BatchFailed,
    CheckpointContradicts as CheckpointContradicts,
    CheckpointShrinks as CheckpointShrinks,
    CommitmentExists as CommitmentExists,
    CommitmentMissing as CommitmentMissing,
    CommitmentTooYoung as CommitmentTooYoung,
    Conflict as Conflict,
    DeploymentMismatch as DeploymentMismatch,
    DesignAlreadyRegistered as DesignAlreadyRegistered,
    EvidenceUnfit as EvidenceUnfit,
    IdempotencyKeyReused as IdempotencyKeyReused,
    JournalForked as JournalForked,
    JournalGap as JournalGap,
    LeaseOpen as LeaseOpen,
    NewsOutdated as NewsOutdated,
    NothingToRefund as NothingToRefund,
    NothingToSettle as NothingToSettle,
    NothingToWithdraw as NothingToWithdraw,
    NotRecalled as NotRecalled,
    NotVoidable as NotVoidable,
    PledgeBinds as PledgeBinds,
    ReceiptContradicts as ReceiptContradicts,
    RegistrationIncomplete as RegistrationIncomplete,
    RequestReplayed as RequestReplayed,
    ResaleRoyaltyFixed as ResaleRoyaltyFixed,
    SerialAlreadySpent as SerialAlreadySpent,
    SerialNotFree as SerialNotFree,
    SignatureSpent as SignatureSpent,
    TokensOutstanding as TokensOutstanding,
    TooManyEnrolments as TooManyEnrolments,
)
from ledger.errors.denials import (
    CenterNotNamed as CenterNotNamed,
    ClockSetBack as ClockSetBack,
    ConsentMissing as ConsentMissing,
    CrisisOver as CrisisOver,
    JobWithoutToken as JobWithoutToken,
    JournalRolledBack as JournalRolledBack,
    KeyNotReleasable as KeyNotReleasable,
    LeaseEnded as LeaseEnded,
    LeaseNotAllowed as LeaseNotAllowed,
    LicenseeNotNamed as LicenseeNotNamed,
    LicenseExpired as LicenseExpired,
    LicenseIrrevocable as LicenseIrrevocable,
    LicenseNotTransferable as LicenseNotTransferable,
    LicenseRevoked as LicenseRevoked,
    MachineChanged as MachineChanged,
    NewsTooOld as NewsTooOld,
    NotCouncil as NotCouncil,
    NotDesignOwner as NotDesignOwner,
    NotForSale as NotForSale,
    NotIssuer as NotIssuer,
    NotLicensee as NotLicensee,
    NotPrintLicenses as NotPrintLicenses,
    OfferNotOpen as OfferNotOpen,
    OwnFilesOff as OwnFilesOff,
    PledgeExhausted as PledgeExhausted,
    PledgeOver as PledgeOver,
    PrinterNotEnrolled as PrinterNotEnrolled,
    PrinterNotNamed as PrinterNotNamed,
    PrinterRevoked as PrinterRevoked,
    PrinterRotated as PrinterRotated,
    QuotaExhausted as QuotaExhausted,
    Recalled as Recalled,
    RefundNotOpen as RefundNotOpen,
    RightsDenied as RightsDenied,
    SlicerNotConfined as SlicerNotConfined,
    TooManyForLicensee as TooManyForLicensee,
    VariantsNotAllowed as VariantsNotAllowed,
)
from ledger.errors.failures import (
    CertificateChanged as CertificateChanged,
    ChainUnavailable as ChainUnavailable,
    CompilationFailed as CompilationFailed,
    DigestMismatch as DigestMismatch,
    DoesNotFit as DoesNotFit,
    HostUnavailable as HostUnavailable,
    IntegrityFailure as IntegrityFailure,
    IpfsUnavailable as IpfsUnavailable,
    KeystoreExists as KeystoreExists,
    KeystoreLocked as KeystoreLocked,
    LogDiffers as LogDiffers,
    ProofInvalid as ProofInvalid,
    ServiceUnavailable as ServiceUnavailable,
    SetupError as SetupError,
    SlicingFailed as SlicingFailed,
    StoreUnavailable as StoreUnavailable,
    ToolMissing as ToolMissing,
    Unavailable as Unavailable,
    UnknownRevert as UnknownRevert,
    UnsealFailed as UnsealFailed,
)
from ledger.errors.missing import (
    CheckpointNotFound as CheckpointNotFound,
    ContentNotFound as ContentNotFound,
    CrisisNotFound as CrisisNotFound,
    DesignNotFound as DesignNotFound,
    EntryNotFound as EntryNotFound,
    LeaseNotFound as LeaseNotFound,
    LicenseNotFound as LicenseNotFound,
    NotFound as NotFound,
    OfferNotFound as OfferNotFound,
    OrderNotFound as OrderNotFound,
    PledgeNotFound as PledgeNotFound,
    PrinterNotFound as PrinterNotFound,
    SliceNotFound as SliceNotFound,
    SubjectNotFound as SubjectNotFound,
    TokenNotFound as TokenNotFound,
    VariantNotFound as VariantNotFound,
    WebhookNotFound as WebhookNotFound,
)
from ledger.errors.requests import (
    BadRequest as BadRequest,
    CursorInvalid as CursorInvalid,
    DesignTooLarge as DesignTooLarge,
    InvalidDesign as InvalidDesign,
    MalformedRequest as MalformedRequest,
    MalformedTicket as MalformedTicket,
    TransactionMismatch as TransactionMismatch,
)
from ledger.errors.root import (
    JsonScalar as JsonScalar,
    LedgerError as LedgerError,
    all_errors as all_errors,
)
from ledger.errors.terms import (
    AllowanceTooLow as AllowanceTooLow,
    BalanceTooLow as BalanceTooLow,
    CheckpointEmpty as CheckpointEmpty,
    CouncilMissing as CouncilMissing,
    CrisisQuotaInvalid as CrisisQuotaInvalid,
    CrisisSignerMissing as CrisisSignerMissing,
    CrisisWindowInvalid as CrisisWindowInvalid,
    CurrencyNotSupported as CurrencyNotSupported,
    DurationZero as DurationZero,
    EvidenceMissing as EvidenceMissing,
    ExpiryInPast as ExpiryInPast,
    InvalidIssuer as InvalidIssuer,
    InvalidRecipient as InvalidRecipient,
    InvalidTerms as InvalidTerms,
    MetadataMissing as MetadataMissing,
    NoticeMissing as NoticeMissing,
    ParentCountInvalid as ParentCountInvalid,
    ParentRepeated as ParentRepeated,
    PaymentFailed as PaymentFailed,
    PaymentShort as PaymentShort,
    PermitFailed as PermitFailed,
    PledgeDocumentMissing as PledgeDocumentMissing,
    PledgeDurationInvalid as PledgeDurationInvalid,
    PledgeQuotaInvalid as PledgeQuotaInvalid,
    PledgeWindowInvalid as PledgeWindowInvalid,
    QuotaLimitsInvalid as QuotaLimitsInvalid,
    QuotaOutOfRange as QuotaOutOfRange,
    RegionMissing as RegionMissing,
    ResaleReceiverInvalid as ResaleReceiverInvalid,
    ResaleRoyaltyTooHigh as ResaleRoyaltyTooHigh,
    RightsUnknown as RightsUnknown,
    RootMissing as RootMissing,
    SharesTooHigh as SharesTooHigh,
    TooManyAncestors as TooManyAncestors,
    WindowInvalid as WindowInvalid,
    WrongPayment as WrongPayment,
)
from ledger.errors.tokens import (
    BadSignature as BadSignature,
    JobNotNamed as JobNotNamed,
    MalformedLease as MalformedLease,
    MalformedNews as MalformedNews,
    SignatureExpired as SignatureExpired,
    TakeOutsideToken as TakeOutsideToken,
    TokenExpired as TokenExpired,
    TokenNotYetValid as TokenNotYetValid,
    TokenRejected as TokenRejected,
    WrongDomain as WrongDomain,
)
