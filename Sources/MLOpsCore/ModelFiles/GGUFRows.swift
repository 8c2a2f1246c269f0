/// The order of rows in which tensors of GGUF files differ from Hugging Face's.
package enum GGUFRows {
    /// Ways in which it differs.
    private enum Order {
        /// Each head's rows (0, half, 1, half + 1, …). ggml's `llama`, `granite`, `smollm3`, `olmo` and `arcee` turn neighbours
        /// (2i, 2i + 1) where transformers turns halves (i, i + headSize / 2), so converters reorder the rows of query and key,
        /// weights and biases alike. Other architectures keep the halves.
        case interleaved(heads: Int)
        /// All queries, all keys, all values, where GPT-NeoX has the three of each head together, and Falcon those of each key.
        case grouped(keys: Int, queries: Int)
    }

    private static func order(_ name: String, _ architecture: DecoderArchitecture) -> Order? {
        if architecture.attentionFusion == .byHead, name.contains(".query_key_value.") || name.contains(".c_attn.") {
            let keys = architecture.keyValueHeadCount
            return .grouped(keys: keys, queries: architecture.headCount / keys)
        }
        guard architecture.family.ggufTurnsNeighbours else { return nil }
        if name.contains(".self_attn.q_proj.") { return .interleaved(heads: architecture.headCount) }
        if name.contains(".self_attn.k_proj.") { return .interleaved(heads: architecture.keyValueHeadCount) }
        return nil
    }

    /// Whether the rows of a Hugging Face tensor lie in another order in GGUF.
    package static func areMoved(_ name: String, _ architecture: DecoderArchitecture) -> Bool {
        order(name, architecture) != nil
    }

    /// Returns a tensor with its Hugging Face name and rows with the rows of GGUF.
    ///
    /// - Precondition: the rows are heads of an even size.
    package static func gguf(_ tensor: TensorData, _ architecture: DecoderArchitecture) -> TensorData {
        switch order(tensor.name, architecture) {
        case nil: tensor
        case .interleaved(let heads):
            moved(tensor, parts: heads) { head, row, size in head * size + row % 2 * (size / 2) + row / 2 }
        case .grouped(let keys, let queries):
            moved(tensor, parts: keys * (queries + 2)) { part, row, size in
                let all = keys * queries
                let (group, place) =
                    part < all
                    ? (part / queries, part % queries) : ((part - all) % keys, queries + (part - all) / keys)
                return (group * (queries + 2) + place) * size + row
            }
        }
    }

    /// The inverse.
    ///
    /// - Precondition: the rows are heads of an even size.
    package static func huggingFace(_ tensor: TensorData, _ architecture: DecoderArchitecture) -> TensorData {
        switch order(tensor.name, architecture) {
        case nil: tensor
        case .interleaved(let heads):
            moved(tensor, parts: heads) { head, row, size in head * size + row % (size / 2) * 2 + row / (size / 2) }
        case .grouped(let keys, let queries):
            moved(tensor, parts: keys * (queries + 2)) { part, row, size in
                let (group, place) = (part / (queries + 2), part % (queries + 2))
                let from = place < queries ? group * queries + place : keys * place + group
                return from * size + row
            }
        }
    }

    /// Row r of a part becomes the row `source(part, r, size)`; whole rows are moved, so quantised ones stay as they are.
    private static func moved(
        _ tensor: TensorData, parts: Int, _ source: (Int, Int, Int) -> Int
    ) -> TensorData {
        let rows = tensor.shape[0]
        let size = rows / parts
        precondition(rows == parts * size && size.isMultiple(of: 2), "\(rows) rows of \(parts) heads")
        let rowBytes = tensor.byteCount / rows
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tensor.byteCount)
        unsafe tensor.withBytes { stored in
            for part in 0..<parts {
                for row in 0..<size {
                    let from = source(part, row, size) * rowBytes
                    unsafe bytes.append(contentsOf: stored[from..<from + rowBytes])
                }
            }
        }
        return TensorData(name: tensor.name, elementType: tensor.elementType, shape: tensor.shape, bytes: bytes)
    }
}
