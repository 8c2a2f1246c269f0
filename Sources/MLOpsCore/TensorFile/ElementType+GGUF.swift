extension ElementType {
    /// The number GGUF files use for this type; nil when they have none.
    public var ggufCode: UInt32? {
        switch self {
        case .f32: 0
        case .f16: 1
        case .q4_0: 2
        case .q4_1: 3
        case .q5_0: 6
        case .q5_1: 7
        case .q8_0: 8
        case .q2_K: 10
        case .q3_K: 11
        case .q4_K: 12
        case .q5_K: 13
        case .q6_K: 14
        case .q8_K: 15
        case .i8: 24
        case .i16: 25
        case .i32: 26
        case .i64: 27
        case .f64: 28
        case .bf16: 30
        default: nil
        }
    }

    /// The type with the number `code` in GGUF files.
    init?(ggufCode code: UInt32) {
        guard let type = Self.allCases.first(where: { $0.ggufCode == code }) else { return nil }
        self = type
    }

    /// The name of a GGUF type that is not read here, for messages.
    static func nameOfUnsupported(ggufCode code: UInt32) -> String {
        let names: [UInt32: String] = [
            9: "Q8_1", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
            23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
        ]
        return names[code].map { "\($0) (\(code))" } ?? "number \(code)"
    }
}
