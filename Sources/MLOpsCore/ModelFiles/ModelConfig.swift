/// Typed reading of a `config.json`; every refusal names the key.
struct ModelConfig {
    let members: JSONValue
    let path: String

    func invalid(_ reason: String) -> ModelFileError { ModelFileError(.invalid, "'\(path)': \(reason).") }

    func unsupported(_ reason: String) -> ModelFileError { ModelFileError(.unsupported, "'\(path)': \(reason).") }

    /// A value that is there and not `null`.
    func value(_ key: String) -> JSONValue? {
        guard let value = members[key], !value.isNull else { return nil }
        return value
    }

    func size(_ key: String, limit: Int = 1 << 31, default missing: Int? = nil) throws(ModelFileError) -> Int {
        guard let size = try optionalSize(key, limit: limit) ?? missing else { throw invalid("'\(key)' is missing") }
        return size
    }

    /// A positive whole number; the limit keeps products of two of them from overflowing.
    func optionalSize(_ key: String, limit: Int = 1 << 31) throws(ModelFileError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let size = value.int, (1...limit).contains(size) else {
            throw invalid("'\(key)' must be a whole number from 1 to \(limit), not \(value.text())")
        }
        return size
    }

    func positive(_ key: String, in members: JSONValue? = nil) throws(ModelFileError) -> Double? {
        guard let value = (members ?? self.members)[key], !value.isNull else { return nil }
        guard let number = value.double, number > 0, number.isFinite else {
            throw invalid("'\(key)' must be a positive number, not \(value.text())")
        }
        return number
    }

    func flag(_ key: String, default missing: Bool = false) throws(ModelFileError) -> Bool {
        guard let value = value(key) else { return missing }
        guard let flag = value.bool else { throw invalid("'\(key)' must be true or false, not \(value.text())") }
        return flag
    }

    func text(_ key: String) throws(ModelFileError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw invalid("'\(key)' must be text, not \(value.text())") }
        return text
    }

    /// A list of whole numbers.
    func wholeNumbers(_ key: String) throws(ModelFileError) -> [Int]? {
        guard let value = value(key) else { return nil }
        let numbers = value.array?.compactMap(\.int) ?? []
        guard let array = value.array, numbers.count == array.count else {
            throw invalid("'\(key)' must be a list of whole numbers")
        }
        return numbers
    }

    /// A number that is absent, `null` or positive: the default, nil or the number.
    func bound(_ key: String, default missing: Double?) throws(ModelFileError) -> Float? {
        members[key] == nil ? missing.map { Float($0) } : try positive(key).map { Float($0) }
    }

    /// The row of the embedding that torch does not train: `pad_token_id`, counted from the end when it is negative.
    ///
    /// Transformers has no model whose row is beyond the vocabulary; here none is it then.
    func paddingID(default missing: Int?, vocabularySize: Int) throws(ModelFileError) -> Int? {
        guard let given = members["pad_token_id"] else { return missing }
        guard !given.isNull else { return nil }
        guard let id = given.int else { throw invalid("'pad_token_id' must be a whole number, not \(given.text())") }
        return id < 0 ? vocabularySize + id : id
    }

    /// Refuses what would change the results if it were ignored.
    func refuseFeatures() throws(ModelFileError) {
        if value("quantization_config") != nil {
            throw unsupported("'quantization_config' is not supported. Use the unquantised model, or a GGUF file of it")
        }
        // BLOOM's does not change its results.
        if let tp = value("pretraining_tp"), tp != 1, value("model_type") != "bloom" {
            throw unsupported("'pretraining_tp' \(tp.text()) is not supported; 1 is")
        }
        for key in ["compression_config", "per_layer_config", "transformers_weights"] where value(key) != nil {
            throw unsupported("'\(key)' is not supported")
        }
        guard try flag("is_causal", default: true) else { throw unsupported("'is_causal' false is not supported") }
        for key in ["is_encoder_decoder", "add_cross_attention", "rope_interleaved", "use_bidirectional_attention"]
        where try flag(key) {
            throw unsupported("'\(key)' true is not supported")
        }
    }
}
