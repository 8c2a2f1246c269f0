/// What `text.encode()` gives: bytes, which a template can count, look at and decode.
final class JinjaBytes: JinjaObject {
    let bytes: [UInt8]
    /// Where all of them came from together.
    let origin: JinjaOrigin

    init(_ bytes: [UInt8], origin: JinjaOrigin) {
        self.bytes = bytes
        self.origin = origin
    }

    override var typeName: String { "bytes" }
    override var isTrue: Bool { !bytes.isEmpty }
    override var count: Int? { bytes.count }

    /// What `repr` writes: ASCII as it is, the rest as `\\x…`.
    var literal: JinjaText {
        let quote: UInt8 = bytes.contains(0x27) && !bytes.contains(0x22) ? 0x22 : 0x27
        var out: [UInt8] = [0x62, quote]
        for byte in bytes {
            switch byte {
            case 0x09: out += Array("\\t".utf8)
            case 0x0A: out += Array("\\n".utf8)
            case 0x0D: out += Array("\\r".utf8)
            case quote, 0x5C: out += [0x5C, byte]
            case 0x20..<0x7F: out.append(byte)
            default:
                let digits = String(byte, radix: 16)
                out += Array(("\\x" + (digits.utf8.count < 2 ? "0" : "") + digits).utf8)
            }
        }
        return JinjaText(out + [quote], origin: origin)
    }

    override func elements(in rendering: JinjaRendering) throws(TemplateError) -> [JinjaValue]? {
        try rendering.reserve(elements: bytes.count)
        return bytes.map { .integer(Int($0)) }
    }

    override func attribute(_ name: JinjaText, in rendering: JinjaRendering) throws(TemplateError) -> JinjaValue? {
        switch name.string {
        case "decode": .object(JinjaFunction("decode", body: decode))
        case "hex":
            .object(
                JinjaFunction("hex") { (arguments, rendering) throws(TemplateError) in
                    _ = try rendering.bind(arguments, to: [], of: "bytes.hex")
                    try rendering.reserve(bytes: 2 * self.bytes.count)
                    let digits = Array("0123456789abcdef".utf8)
                    let text = self.bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
                    return .text(JinjaText(text, origin: self.origin))
                })
        default: nil
        }
    }

    private func decode(
        _ arguments: JinjaArguments, _ rendering: JinjaRendering
    ) throws(TemplateError) -> JinjaValue {
        let given = try rendering.bind(arguments, to: ["encoding", "errors"], of: "decode")
        try rendering.reserve(bytes: 2 * bytes.count)
        switch try JinjaEncoding(given[0], rendering) {
        case .utf8:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw rendering.failure("'utf-8' codec can't decode bytes: invalid data")
            }
            return .text(JinjaText(Array(text.utf8), origin: origin))
        case .ascii:
            guard let place = bytes.firstIndex(where: { $0 > 0x7F }) else {
                return .text(JinjaText(bytes, origin: origin))
            }
            throw rendering.failure(
                "'ascii' codec can't decode byte 0x\(String(bytes[place], radix: 16)) in position \(place): "
                    + "ordinal not in range(128)")
        case .latin1:
            let text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
            return .text(JinjaText(text, origin: origin))
        }
    }
}

/// How characters become bytes: the encodings of Python that templates name.
enum JinjaEncoding {
    case utf8, ascii, latin1

    init(_ name: JinjaValue?, _ rendering: JinjaRendering) throws(TemplateError) {
        guard let name else {
            self = .utf8
            return
        }
        guard case .text(let text) = name else {
            throw rendering.failure("argument 'encoding' must be str, not \(name.typeName)")
        }
        switch text.string.lowercased().replacing("_", with: "-") {
        case "utf-8", "utf8": self = .utf8
        case "ascii", "us-ascii": self = .ascii
        case "latin-1", "latin1", "iso-8859-1": self = .latin1
        default: throw rendering.failure("unknown encoding: \(text.string)")
        }
    }

    /// The bytes of `text`, of which every character must be one of the encoding.
    func bytes(of text: JinjaText, _ rendering: JinjaRendering) throws(TemplateError) -> JinjaBytes {
        if self == .utf8 { return JinjaBytes(text.bytes, origin: text.joinedOrigin) }
        let limit: UInt32 = self == .ascii ? 0x80 : 0x100
        if let place = HalfCharacters.place(in: text.string, of: { $0 >= limit }) {
            let name = self == .ascii ? "ascii" : "latin-1"
            throw rendering.failure("'\(name)' codec can't encode \(place): ordinal not in range(\(limit))")
        }
        let out = text.string.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        return JinjaBytes(out, origin: text.joinedOrigin)
    }
}
