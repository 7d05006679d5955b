// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Print tokens, and the serials that are spent with them.
/// @notice A print token lets one printer spend some serials of a license; a serial is spent
///         once, for ever.
interface IRedemption {
    // --------------------------------------------------------------- structs

    /// @notice The right of one printer to print these serials (print token, format 1).
    /// @param design SHA-256 of the design's file.
    /// @param license The license's number.
    /// @param printer The only printer that it is for.
    /// @param word Which 256 serials `serials` is about: word*256 .. word*256+255.
    /// @param serials A bit for each serial.
    /// @param notBefore First second at which it is valid.
    /// @param deadline First second at which nothing may be printed on it any more.
    /// @param job 0, or the SHA-256 of the one file that may be printed.
    struct PrintToken {
        bytes32 design;
        uint256 license;
        address printer;
        uint32 word;
        uint256 serials;
        uint40 notBefore;
        uint40 deadline;
        bytes32 job;
    }

    /// @notice What print tokens that are redeemed together have in common.
    /// @param design As in PrintToken, and so are those that follow.
    /// @param license As in PrintToken.
    /// @param job As in PrintToken.
    struct TokenHead {
        bytes32 design;
        uint256 license;
        bytes32 job;
    }

    /// @notice Whose some of them are: for one printer and one window, one behind the other.
    /// @param printer As in PrintToken, and so are those that follow.
    /// @param notBefore As in PrintToken.
    /// @param deadline As in PrintToken.
    /// @param count How many they are.
    struct PrinterTokens {
        address printer;
        uint40 notBefore;
        uint40 deadline;
        uint32 count;
    }

    /// @notice What is its own in each of them, with its signature in the 64 bytes of EIP-2098.
    /// @param word As in PrintToken.
    /// @param serials As in PrintToken.
    /// @param left Which of them not to spend: mostly none, which is cheaper to say than all.
    /// @param r Of the signature over this token.
    /// @param vs Of the signature over this token.
    struct TokenWord {
        uint32 word;
        uint256 serials;
        uint256 left;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice What was spent of one token.
    /// @param printer The printer that was named by the token.
    /// @param word Which 256 serials.
    /// @param take A bit for each serial that was spent.
    /// @param token The EIP-712 digest of the print token.
    struct RedeemedWord {
        address printer;
        uint32 word;
        uint256 take;
        bytes32 token;
    }

    // ---------------------------------------------------------------- errors

    /// @notice This serial is at or past the license's quota.
    /// @param design The design.
    /// @param license The license.
    /// @param serial The first such serial.
    /// @param quota The license's number of serials.
    error QuotaExhausted(bytes32 design, uint256 license, uint256 serial, uint32 quota);

    /// @notice This serial was redeemed before.
    /// @param design The design.
    /// @param license The license.
    /// @param serial The first such serial.
    error SerialAlreadySpent(bytes32 design, uint256 license, uint256 serial);

    /// @notice The serials to be spent are none, or not all in the token. Zero of zero: the list of
    ///         tokens is empty, or longer than the printers that are named for it.
    /// @param take What was to be spent.
    /// @param serials What the token holds.
    error TakeOutsideToken(uint256 take, uint256 serials);

    /// @notice Only the named printer, or the token's signer, may send it.
    /// @param printer The named printer.
    /// @param caller Who sent it.
    error PrinterNotNamed(address printer, address caller);

    /// @notice The token's window has not begun.
    /// @param notBefore When it begins.
    error TokenNotYetValid(uint40 notBefore);

    /// @notice The token's deadline and the license's grace are over.
    /// @param deadline The token's deadline.
    error TokenExpired(uint40 deadline);

    // ---------------------------------------------------------------- events

    /// @notice Serials were spent: this printer may print them, once.
    /// @param design The design.
    /// @param license The license.
    /// @param printer The printer that was named by the token.
    /// @param word Which 256 serials.
    /// @param take A bit for each serial that was spent now.
    /// @param job The one file that may be printed, or 0.
    /// @param token The EIP-712 digest of the print token.
    /// @param signer Who signed it.
    event SerialsRedeemed(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed printer,
        uint32 word,
        uint256 take,
        bytes32 job,
        bytes32 token,
        address signer
    );

    /// @notice Serials of several print tokens were spent at once, of one printer or of several.
    /// @param design The design.
    /// @param license The license.
    /// @param job The one file that may be printed, or 0.
    /// @param signer Who signed them.
    /// @param words What was spent, one entry for each token.
    event WordsRedeemed(
        bytes32 indexed design,
        uint256 indexed license,
        bytes32 job,
        address signer,
        RedeemedWord[] words
    );

    // ------------------------------------------------------------- functions

    /// @notice Spends the serials `take` of a print token.
    /// @dev Sent by the named printer or by the token's signer, who must be the design's owner or
    ///      an issuer of theirs at this moment; for a license taken in a crisis also the signer
    ///      that the crisis names. Not while the design, or one that it derives from, is
    ///      recalled. Possible from `notBefore` until `grace` hours after the earlier of the
    ///      token's deadline and the license's expiry. A signature of 65 bytes is ECDSA; any
    ///      other is the address of a contract (20 bytes) and what that contract checks by
    ///      ERC-1271.
    /// @param token The print token.
    /// @param signature The signature over its EIP-712 digest.
    /// @param take A non-empty subset of its serials; one that was spent before reverts the call.
    function redeem(PrintToken calldata token, bytes calldata signature, uint256 take) external;

    /// @notice Spends serials of several print tokens of one design, license and job, all signed by
    ///         one key: of one printer or of several, in one window or in several. As `redeem` for
    ///         each of them; all or nothing.
    /// @dev Sent by the signer; or by a printer, if all of them are for it. Words for which no
    ///      printer is named revert, and so do more words named than there are.
    /// @param head What the tokens have in common.
    /// @param words What each token has of its own; at least one.
    /// @param printers Whose they are: of the first so many of the words, of the next, and so on.
    function redeemTokens(
        TokenHead calldata head,
        TokenWord[] calldata words,
        PrinterTokens[] calldata printers
    ) external;

    /// @notice The EIP-712 digest of a print token.
    /// @param token The token.
    /// @return The digest.
    function tokenDigest(PrintToken calldata token) external view returns (bytes32);
}
