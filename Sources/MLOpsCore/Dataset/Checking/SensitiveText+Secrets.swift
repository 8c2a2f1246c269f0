internal import Foundation

/// Secrets that are known by how they begin.
extension SensitiveText {
    /// How a secret begins, and what follows.
    private struct Shape: Sendable {
        let kind: SensitiveText
        let start: [UInt8]
        /// How many bytes follow.
        let length: ClosedRange<Int>
        let isAdmitted: @Sendable (UInt8) -> Bool

        init(
            _ kind: SensitiveText, _ start: String, _ length: ClosedRange<Int>,
            of isAdmitted: @escaping @Sendable (UInt8) -> Bool = { $0.isAlphanumeric }
        ) {
            self.kind = kind
            self.start = Array(start.utf8)
            self.length = length
            self.isAdmitted = isAdmitted
        }
    }

    /// The shapes, by their first byte; of two that fit, the first counts.
    private static let shapes: [[Shape]] = {
        let base64: @Sendable (UInt8) -> Bool = { $0.isURLBase64 }
        let hexadecimal: @Sendable (UInt8) -> Bool = { $0.isDigit || (0x61...0x66).contains($0) }
        let base32: @Sendable (UInt8) -> Bool = { $0.isUpper || (0x32...0x37).contains($0) }
        var shapes: [Shape] = []
        for start in ["AKIA", "ASIA", "ABIA", "ACCA"] {
            shapes.append(Shape(.awsAccessKey, start, 16...16, of: base32))
        }
        for start in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"] { shapes.append(Shape(.gitHubToken, start, 36...251)) }
        for start in ["xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-"] {
            shapes.append(Shape(.slackToken, start, 10...250, of: base64))
        }
        for start in ["sk_live_", "sk_test_", "rk_live_", "rk_test_"] {
            shapes.append(Shape(.stripeKey, start, 16...247))
        }
        for start in ["shpat_", "shpca_", "shppa_", "shpss_"] {
            shapes.append(Shape(.shopifyToken, start, 32...32, of: { $0.isDigit || (0x61...0x66).contains($0 | 0x20) }))
        }
        shapes += [
            Shape(.gitHubToken, "github_pat_", 60...255, of: { $0.isAlphanumeric || $0 == 0x5F }),
            Shape(.gitLabToken, "glpat-", 20...300, of: base64),
            Shape(.anthropicKey, "sk-ant-", 24...300, of: base64),
            Shape(.openAIKey, "sk-", 20...300, of: base64),
            Shape(.huggingFaceToken, "hf_", 30...60),
            Shape(.googleKey, "AIza", 35...35, of: base64),
            Shape(.googleToken, "ya29.", 20...500, of: base64),
            Shape(.npmToken, "npm_", 36...36),
            Shape(.pypiToken, "pypi-AgE", 50...500, of: base64),
            Shape(.sendGridKey, "SG.", 60...70, of: { $0.isURLBase64 || $0 == 0x2E }),
            Shape(.digitalOceanToken, "dop_v1_", 64...64, of: hexadecimal),
        ]
        return (0...UInt8.max).map { byte in shapes.filter { $0.start[0] == byte } }
    }()

    /// Returns the secret that begins with `word`.
    static func secret(_ bytes: [UInt8], _ word: Range<Int>) -> Match? {
        let start = word.lowerBound
        if bytes[start] == 0x65, let token = webToken(bytes, at: start) { return token }
        if bytes[start].isDigit { return telegramToken(bytes, word) }
        if word.count >= 15, let key = awsSecretKey(bytes, word) { return key }
        for shape in shapes[Int(bytes[start])] where bytes[start...].starts(with: shape.start) {
            let body = start + shape.start.count
            let end = bytes.end(of: shape.isAdmitted, from: body, limit: shape.length.upperBound + 1)
            guard shape.length.contains(end - body), end == bytes.count || !bytes[end].isWordByte else { continue }
            // Made by chance, so long a text has letters and digits; a name such as sk-learn-contributors has none.
            let text = bytes[body..<end]
            guard text.contains(where: \.isDigit), text.contains(where: { $0.isUpper || $0.isLower }) else { continue }
            return Match(kind: shape.kind, range: start..<end)
        }
        return nil
    }

    /// A JSON Web Token (RFC 7519): three parts in Base64, of which the first is an object that names an algorithm.
    private static func webToken(_ bytes: [UInt8], at start: Int) -> Match? {
        guard bytes.holds("eyJ", at: start) else { return nil }
        var ends: [Int] = []
        var index = start
        for part in 0..<3 {
            if part > 0 {
                guard index < bytes.count, bytes[index] == 0x2E else { return nil }
                index += 1
            }
            let end = bytes.end(of: \.isURLBase64, from: index, limit: 8192)
            guard end - index >= 4 else { return nil }
            index = end
            ends.append(end)
        }
        var header = String(decoding: bytes[start..<ends[0]], as: UTF8.self)
            .replacing("-", with: "+").replacing("_", with: "/")
        header += String(repeating: "=", count: (4 - header.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: header), let value = try? JSONValue(parsing: data, maximumDepth: 8),
            value["alg"]?.string != nil
        else { return nil }
        return Match(kind: .webToken, range: start..<ends[2])
    }

    /// Digits, a colon, and 35 characters.
    private static func telegramToken(_ bytes: [UInt8], _ word: Range<Int>) -> Match? {
        guard (8...10).contains(word.count), bytes[word].allSatisfy(\.isDigit), word.upperBound < bytes.count,
            bytes[word.upperBound] == 0x3A, bytes.holds("AA", at: word.upperBound + 1)
        else { return nil }
        let end = bytes.end(of: \.isURLBase64, from: word.upperBound + 1, limit: 36)
        return end - word.upperBound == 36 ? Match(kind: .telegramToken, range: word.lowerBound..<end) : nil
    }

    /// The name that AWS's files give the key, and after it 40 characters that nothing else gives away.
    private static func awsSecretKey(_ bytes: [UInt8], _ word: Range<Int>) -> Match? {
        let name = bytes[word].suffix(17).filter { $0 != 0x5F }.map { $0 | 0x20 }
        guard name.suffix(15) == Array("secretaccesskey".utf8)[...] else { return nil }
        let start = bytes.end(
            of: { [0x20, 0x09, 0x3D, 0x3A, 0x22, 0x27, 0x3E].contains($0) }, from: word.upperBound, limit: 8)
        let end = bytes.end(of: { $0.isAlphanumeric || $0 == 0x2F || $0 == 0x2B }, from: start, limit: 41)
        return end - start == 40 ? Match(kind: .awsSecretKey, range: start..<end) : nil
    }

    /// The first line of a PEM or PGP private key, whatever its kind.
    static func privateKey(_ bytes: [UInt8], at index: Int) -> Match? {
        guard bytes.holds("-----BEGIN ", at: index) else { return nil }
        let start = index + 11
        let end = bytes.end(of: { $0.isUpper || $0.isDigit || $0 == 0x20 }, from: start, limit: 48)
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        guard name.hasSuffix("PRIVATE KEY") || name.hasSuffix("PRIVATE KEY BLOCK"), bytes.holds("-----", at: end) else {
            return nil
        }
        return Match(kind: .privateKey, range: index..<end + 5)
    }

    /// `://name:password@`, but for the words that stand for a password in examples.
    static func urlPassword(_ bytes: [UInt8], at index: Int) -> Match? {
        guard index > 0, bytes[index - 1].isLower || bytes[index - 1].isDigit, bytes.holds("://", at: index) else {
            return nil
        }
        let isPart: (UInt8) -> Bool = {
            $0 > 0x20 && $0 < 0x7F && ![0x2F, 0x40, 0x3A, 0x22, 0x27, 0x3C, 0x3E].contains($0)
        }
        let colon = bytes.end(of: isPart, from: index + 3, limit: 256)
        guard colon > index + 3, colon < bytes.count, bytes[colon] == 0x3A else { return nil }
        let end = bytes.end(of: isPart, from: colon + 1, limit: 256)
        guard end > colon + 1, end < bytes.count, bytes[end] == 0x40 else { return nil }
        let password = String(decoding: bytes[colon + 1..<end], as: UTF8.self).lowercased()
        let placeholders = ["password", "pass", "passwd", "pwd", "pw", "secret", "xxx", "xxxx"]
        guard !placeholders.contains(password), !"${[*%".contains(password.first ?? "*") else { return nil }
        return Match(kind: .urlPassword, range: colon + 1..<end)
    }
}
