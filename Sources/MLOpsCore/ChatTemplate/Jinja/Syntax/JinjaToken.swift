/// A piece of a template's source: text between tags, or one word, literal or sign inside a tag.
struct JinjaToken {
    /// What a piece is.
    enum Kind: Hashable {
        case data([UInt8])
        case blockBegin, blockEnd, variableBegin, variableEnd
        case name(String)
        case string([UInt8])
        case integer(Int)
        case big(BigInteger)
        case float(Double)
        case sign(JinjaSign)
        case end
    }

    var kind: Kind
    /// The template's line, counted from 1.
    var line: Int

    /// The name or sign, for messages.
    var text: String {
        switch kind {
        case .data: "'template data / text'"
        case .blockBegin: "'begin of statement block'"
        case .blockEnd: "'end of statement block'"
        case .variableBegin: "'begin of print statement'"
        case .variableEnd: "'end of print statement'"
        case .name(let name): "'\(name)'"
        case .string: "'string'"
        case .integer, .big: "'integer'"
        case .float: "'float'"
        case .sign(let sign): "'\(sign.rawValue)'"
        case .end: "'end of template'"
        }
    }
}

/// An operator or a bracket.
enum JinjaSign: String, CaseIterable {
    case power = "**"
    case floorDivide = "//"
    case equal = "=="
    case notEqual = "!="
    case greaterOrEqual = ">="
    case lessOrEqual = "<="
    case add = "+"
    case subtract = "-"
    case divide = "/"
    case multiply = "*"
    case modulo = "%"
    case tilde = "~"
    case openBracket = "["
    case closeBracket = "]"
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBrace = "{"
    case closeBrace = "}"
    case greater = ">"
    case less = "<"
    case assign = "="
    case dot = "."
    case colon = ":"
    case pipe = "|"
    case comma = ","
    case semicolon = ";"

    /// The bracket that closes this one.
    var closing: JinjaSign? {
        switch self {
        case .openBracket: .closeBracket
        case .openParenthesis: .closeParenthesis
        case .openBrace: .closeBrace
        default: nil
        }
    }

    /// Whether this closes a bracket.
    var isClosing: Bool { self == .closeBracket || self == .closeParenthesis || self == .closeBrace }

    /// The sign `bytes` begin with, the longest that fits.
    static func prefix(of first: UInt8, _ second: UInt8) -> JinjaSign? {
        let scalar = String(Character(Unicode.Scalar(first)))
        if second < 0x80, let long = JinjaSign(rawValue: scalar + String(Character(Unicode.Scalar(second)))) {
            return long
        }
        return JinjaSign(rawValue: scalar)
    }
}
