/// Text that should not stand in training data: secrets, and what belongs to a person.
///
/// Only shapes that are hard to meet by accident are looked for, and checksums are verified where there are any; what is
/// not found is no proof that nothing is there. A model can repeat what it learned to the letter.
enum SensitiveText: String, Sendable, Hashable, CaseIterable {
    case awsAccessKey = "an AWS access key"
    case awsSecretKey = "an AWS secret access key"
    case gitHubToken = "a GitHub token"
    case gitLabToken = "a GitLab token"
    case slackToken = "a Slack token"
    case openAIKey = "an OpenAI key"
    case anthropicKey = "an Anthropic key"
    case huggingFaceToken = "a Hugging Face token"
    case googleKey = "a Google API key"
    case googleToken = "a Google OAuth token"
    case stripeKey = "a Stripe key"
    case npmToken = "an npm token"
    case pypiToken = "a PyPI token"
    case sendGridKey = "a SendGrid key"
    case digitalOceanToken = "a DigitalOcean token"
    case shopifyToken = "a Shopify token"
    case telegramToken = "a Telegram bot token"
    case webToken = "a JSON Web Token"
    case privateKey = "a private key"
    case urlPassword = "a password in a URL"
    case emailAddress = "an e-mail address"
    case phoneNumber = "a telephone number"
    case cardNumber = "a payment card number"
    case bankAccount = "a bank account number (IBAN)"

    /// Whether it opens something, rather than belonging to a person.
    var isSecret: Bool {
        switch self {
        case .emailAddress, .phoneNumber, .cardNumber, .bankAccount: false
        default: true
        }
    }

    /// One place in a text.
    struct Match: Sendable, Hashable {
        var kind: SensitiveText
        /// The bytes of the text.
        var range: Range<Int>
    }

    /// Returns the places in the UTF-8 `bytes`, in order; none lies within another.
    ///
    /// - Complexity: O(*n*): from no byte on is more than a bounded number of bytes looked at twice.
    static func matches(in bytes: [UInt8]) -> [Match] {
        var matches: [Match] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            var match: Match?
            if byte.isWordByte {
                let word = index..<bytes.end(of: \.isWordByte, from: index)
                match = secret(bytes, word) ?? number(bytes, word)
                index = word.upperBound
            } else {
                switch byte {
                case 0x40: match = email(bytes, at: index, after: matches.last?.range.upperBound ?? 0)
                case 0x2D: match = privateKey(bytes, at: index)
                case 0x2B, 0x28: match = phone(bytes, at: index)
                case 0x3A: match = urlPassword(bytes, at: index)
                default: break
                }
                index += 1
            }
            if let match {
                matches.append(match)
                index = max(index, match.range.upperBound)
            }
        }
        return matches
    }

    /// Returns the beginning of a match, too short to be of use, and its length.
    static func mask(_ match: Match, in bytes: [UInt8]) -> String {
        let shown = match.kind.isSecret ? min(4, match.range.count / 5) : 1
        let start = bytes[match.range].prefix(shown).filter { $0 < 0x80 }
        return "\(String(decoding: start, as: UTF8.self))…, \(match.range.count) characters"
    }
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isUpper: Bool { self >= 0x41 && self <= 0x5A }
    var isLower: Bool { self >= 0x61 && self <= 0x7A }
    var isAlphanumeric: Bool { isDigit || isUpper || isLower }
    /// Whether this is a letter, a digit or an underscore, or part of a letter beyond ASCII.
    var isWordByte: Bool { isAlphanumeric || self == 0x5F || self >= 0x80 }
    /// Whether this may stand in a Base64 text as URLs have it.
    var isURLBase64: Bool { isAlphanumeric || self == 0x5F || self == 0x2D }
}

extension [UInt8] {
    /// Where the bytes from `start` on stop to fulfil `condition`, at most `limit` bytes on.
    func end(of condition: (UInt8) -> Bool, from start: Int, limit: Int = .max) -> Int {
        var index = start
        let last = limit < count - Swift.min(start, count) ? start + limit : count
        while index < last, condition(self[index]) { index += 1 }
        return index
    }

    /// Whether `text` stands at `index`.
    func holds(_ text: StaticString, at index: Int) -> Bool {
        guard index >= 0, index + text.utf8CodeUnitCount <= count else { return false }
        var place = index
        for byte in text.description.utf8 {
            guard self[place] == byte else { return false }
            place += 1
        }
        return true
    }
}
