/// Names of tensors in GGUF files and in Hugging Face checkpoints, and the order of rows that differs between them.
package enum GGUFNames {
    /// Returns the Hugging Face name of the GGUF tensor `name`; nil for one that no checkpoint has.
    package static func huggingFace(_ name: String) -> String? {
        switch name {
        case "token_embd.weight": return "model.embed_tokens.weight"
        case "output_norm.weight": return "model.norm.weight"
        case "output.weight": return "lm_head.weight"
        default: break
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]), layer >= 0, String(layer) == parts[1]
        else {
            return nil
        }
        guard let module = modules.first(where: { $0.gguf == parts[2] })?.huggingFace else { return nil }
        return "model.layers.\(layer).\(module).\(parts[3])"
    }

    /// Returns the GGUF name of the Hugging Face tensor `name`; nil for one that no GGUF file has.
    package static func gguf(_ name: String) -> String? {
        switch name {
        case "model.embed_tokens.weight": return "token_embd.weight"
        case "model.norm.weight": return "output_norm.weight"
        case "lm_head.weight": return "output.weight"
        default: break
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[0] == "model", parts[1] == "layers", let kind = parts.last else { return nil }
        let module = parts[3..<parts.count - 1].joined(separator: ".")
        guard let known = modules.first(where: { $0.huggingFace == module }) else { return nil }
        return "blk.\(parts[2]).\(known.gguf).\(kind)"
    }

    private static let modules: [(gguf: String, huggingFace: String)] = [
        ("attn_norm", "input_layernorm"),
        ("attn_q", "self_attn.q_proj"),
        ("attn_k", "self_attn.k_proj"),
        ("attn_v", "self_attn.v_proj"),
        ("attn_output", "self_attn.o_proj"),
        ("ffn_norm", "post_attention_layernorm"),
        ("ffn_gate", "mlp.gate_proj"),
        ("ffn_up", "mlp.up_proj"),
        ("ffn_down", "mlp.down_proj"),
    ]

    /// Returns how many heads the rows of a Hugging Face tensor are interleaved by in GGUF; nil when rows keep their order.
    ///
    /// ggml's `llama` turns neighbours (2i, 2i + 1) where transformers turns halves (i, i + headSize / 2), so
    /// converters reorder the rows of query and key, weights and biases alike. Other architectures keep the halves.
    package static func interleavedHeads(_ name: String, _ architecture: DecoderArchitecture) -> Int? {
        guard architecture.family != .qwen2 else { return nil }
        if name.contains(".self_attn.q_proj.") { return architecture.headCount }
        if name.contains(".self_attn.k_proj.") { return architecture.keyValueHeadCount }
        return nil
    }

    /// Returns `tensor` with each head's rows in order (0, half, 1, half + 1, …): Hugging Face to GGUF.
    ///
    /// - Precondition: the rows are `heads` heads of an even size.
    package static func interleavingHalves(_ tensor: TensorData, heads: Int) -> TensorData {
        reordered(tensor, heads: heads) { row, half in row % 2 * half + row / 2 }
    }

    /// Returns `tensor` with each head's even rows before its odd ones: GGUF to Hugging Face.
    ///
    /// - Precondition: the rows are `heads` heads of an even size.
    package static func separatingHalves(_ tensor: TensorData, heads: Int) -> TensorData {
        reordered(tensor, heads: heads) { row, half in row % half * 2 + row / half }
    }

    /// Row r of a head becomes the row `source(r, half)`; whole rows are moved, so quantised ones stay as they are.
    private static func reordered(_ tensor: TensorData, heads: Int, _ source: (Int, Int) -> Int) -> TensorData {
        let rows = tensor.shape[0]
        let size = rows / heads
        precondition(rows == heads * size && size.isMultiple(of: 2), "\(rows) rows of \(heads) heads")
        let rowBytes = tensor.byteCount / rows
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tensor.byteCount)
        unsafe tensor.withBytes { stored in
            for head in 0..<heads {
                for row in 0..<size {
                    let from = (head * size + source(row, size / 2)) * rowBytes
                    unsafe bytes.append(contentsOf: stored[from..<from + rowBytes])
                }
            }
        }
        return TensorData(name: tensor.name, elementType: tensor.elementType, shape: tensor.shape, bytes: bytes)
    }
}
