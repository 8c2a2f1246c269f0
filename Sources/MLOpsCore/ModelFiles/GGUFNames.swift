/// Names of tensors in GGUF files and in Hugging Face checkpoints, and the order of rows that differs between them.
package enum GGUFNames {
    /// The key that says of which family a file is whose architecture is another one's, so that adapters find their rows.
    package static let familyKey = "mlops.model_type"

    /// Returns the Hugging Face name of the GGUF tensor `name`; nil for one that no model of the architecture has.
    package static func huggingFace(_ name: String, _ architecture: DecoderArchitecture) -> String? {
        switch name {
        case "token_embd.weight": return architecture.family.embeddingPath + ".weight"
        case "output_norm.weight", "output_norm.bias":
            return architecture.family.finalNormPath + name.dropFirst("output_norm".count)
        case "output.weight", "output.bias": return architecture.family.headPath + name.dropFirst("output".count)
        case "token_embd_norm.weight" where architecture.normsEmbeddings,
            "token_embd_norm.bias" where architecture.normsEmbeddings:
            return architecture.family.embeddingNormPath + name.dropFirst("token_embd_norm".count)
        case "position_embd.weight" where architecture.learnsPositions:
            return architecture.family.positionPath + ".weight"
        default: break
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]), layer >= 0, String(layer) == parts[1]
        else {
            return nil
        }
        guard let module = modules(architecture).first(where: { $0.gguf == parts[2] })?.huggingFace else { return nil }
        return "\(architecture.family.path(ofLayer: layer)).\(module).\(parts[3])"
    }

    /// Returns the GGUF name of the Hugging Face tensor `name`; nil for one that no model of the architecture has.
    package static func gguf(_ name: String, _ architecture: DecoderArchitecture) -> String? {
        let family = architecture.family
        for (own, theirs) in [
            (family.embeddingPath, "token_embd"), (family.finalNormPath, "output_norm"), (family.headPath, "output"),
            (family.positionPath, "position_embd"), (family.embeddingNormPath, "token_embd_norm"),
        ] where name == own + ".weight" || name == own + ".bias" {
            return theirs + name.dropFirst(own.count)
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 5, name.hasPrefix(family.path(ofLayer: 0).dropLast()), let kind = parts.last else {
            return nil
        }
        let module = parts[3..<parts.count - 1].joined(separator: ".")
        guard let known = modules(architecture).first(where: { $0.huggingFace == module }) else { return nil }
        return "blk.\(parts[2]).\(known.gguf).\(kind)"
    }

    private static func modules(_ model: DecoderArchitecture) -> [(gguf: String, huggingFace: String)] {
        let norms = DecoderArchitecture.Norm.allCases.compactMap { norm in
            model.path(of: norm).map { (name(norm, model), $0) }
        }
        return norms + model.projections.map { (name($0), model.family.path(of: $0)) }
    }

    private static func name(_ norm: DecoderArchitecture.Norm, _ model: DecoderArchitecture) -> String {
        let family = model.family
        // Of two beside each other, the MLP's comes first there.
        if family == .falcon, model.isParallel, !model.sharesNorm {
            return norm == .beforeMLP ? "attn_norm" : "attn_norm_2"
        }
        return switch norm {
        case .beforeMLP where family == .seedOSS: "post_attention_norm"
        case .beforeAttention: "attn_norm"
        case .afterAttention: "post_attention_norm"
        case .beforeMLP: "ffn_norm"
        case .afterMLP: "post_ffw_norm"
        case .query: "attn_q_norm"
        case .key: "attn_k_norm"
        }
    }

    private static func name(_ projection: DecoderArchitecture.Projection) -> String {
        switch projection {
        case .query: "attn_q"
        case .key: "attn_k"
        case .value: "attn_v"
        case .output: "attn_output"
        case .gate: "ffn_gate"
        case .up, .gateUp: "ffn_up"
        case .down: "ffn_down"
        case .queryKeyValue: "attn_qkv"
        }
    }

    /// Returns `tensor` with `offset` added to every number of it, when it is a norm: GGUF files hold 1 + w where a
    /// Gemma checkpoint holds w.
    package static func shifted(_ tensor: TensorData, by offset: Float) -> TensorData {
        guard offset != 0, tensor.name.hasSuffix("norm.weight") else { return tensor }
        return TensorData(name: tensor.name, shape: tensor.shape, floats: tensor.floats().map { $0 + offset })
    }
}

extension DecoderArchitecture.Family {
    /// Whether GGUF files of the family are read and written.
    package var hasGGUF: Bool {
        switch self {
        case .vaultgemma, .opt, .gptj, .cwm, .hyperclovax, .ministral3, .gptNeo, .codegen, .biogpt, .persimmon,
            .nanochat:
            false
        default: true
        }
    }

    /// `general.architecture` of the family's GGUF files; those of Mistral, Helium, InternLM 3 and IQuest-Coder are `llama`.
    package var ggufName: String {
        switch self {
        // ggml's Llama turns neighbours, as Helium does.
        case .mistral, .ministral, .helium, .internlm3, .iquestcoder: "llama"
        case .graniteHybrid: "granite"
        case .gptBigCode: "starcoder"
        case .gptNeoX: "gptneox"
        case .gemma3: "gemma3"
        case .olmo3: "olmo2"
        case .phi: "phi2"
        case .cohere: "command-r"
        case .glm: "chatglm"
        case .hunyuan: "hunyuan-dense"
        default: rawValue
        }
    }

    /// Whether ggml turns neighbours of a head, not halves.
    package var ggufTurnsNeighbours: Bool {
        switch self {
        case .llama, .mistral, .ministral, .granite, .graniteHybrid, .smollm3, .olmo, .arcee, .internlm3, .iquestcoder:
            true
        default: false
        }
    }

    /// n, of whose layers the first n − 1 have a window and the n-th has none, when a file does not say; 0: all have one.
    package var ggufWindowPeriod: Int {
        switch self {
        case .gemma2: 2
        case .gemma3: 6
        case .olmo3, .cohere2, .exaone4: 4
        default: 0
        }
    }

    /// Whether ggml leaves positions out of the layers without a window, beside those with one.
    package var ggufTurnsWindowsAlone: Bool { self == .cohere2 || self == .exaone4 }

    /// Whether ggml's norms are about the mean, so that files name their ε otherwise.
    package var ggufHasLayerNorm: Bool {
        [
            .olmo, .stablelm, .starcoder2, .phi, .cohere, .cohere2, .nemotron, .gptNeoX, .gpt2, .gptBigCode, .falcon,
            .jais2, .bloom, .mpt,
        ].contains(self)
    }

    /// Returns whether layer `layer` has a window when the period is `period`.
    package static func ggufHasWindow(layer: Int, period: Int) -> Bool { period == 0 || layer % period < period - 1 }
}

extension DecoderArchitecture {
    /// What ggml multiplies the scores of a Gemma 2 or 3 by, which no key says: by the model's size.
    package var ggufGemmaScale: Double {
        let is27B = layerCount == (family == .gemma2 ? 46 : 62)
        return 1 / Double(is27B ? hiddenSize / headCount : headSize).squareRoot()
    }
}
