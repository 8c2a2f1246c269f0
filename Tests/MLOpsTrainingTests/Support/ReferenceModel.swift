@testable import MLOpsTraining
import Foundation
import MLOpsCore

/// The decoder in double precision, a token and a number at a time, written from the formulas alone.
struct ReferenceModel {
    let model: TinyModel
    let architecture: DecoderArchitecture
    private let tensors: [String: [Double]]

    init(_ model: TinyModel, _ architecture: DecoderArchitecture) {
        self.model = model
        self.architecture = architecture
        tensors = model.tensors.mapValues(\.doubles)
    }

    /// Σ −ln p of the supervised tokens, under an adapter with the given parameters.
    func loss(_ rows: [TokenizedExample], _ adapter: LoRAAdapter, parameters: [Double]) -> Double {
        rows.reduce(0) { sum, row in
            let logits = logits(row.ids, adapter, parameters)
            return row.ids.indices.dropFirst().filter { row.isSupervised[$0] }.reduce(sum) { sum, i in
                let scores = logits[i - 1]
                let top = scores.max() ?? 0
                return sum + log(scores.reduce(0) { $0 + exp($1 - top) }) + top - scores[Int(row.ids[i])]
            }
        }
    }

    /// The logits after each token of a row.
    func logits(_ ids: [Int32], _ adapter: LoRAAdapter, _ parameters: [Double]) -> [[Double]] {
        let embedding = tensors["model.embed_tokens.weight"] ?? []
        var x = ids.map { Array(embedding[Int($0) * model.hidden..<(Int($0) + 1) * model.hidden]) }
        for layer in 0..<model.layers {
            func linear(_ x: [Double], _ projection: Projection) -> [Double] {
                let path = projection.path(layer: layer)
                var y = multiply(tensors[path + ".weight"] ?? [], x)
                if let bias = tensors[path + ".bias"] { y = zip(y, bias).map { $0 + $1 } }
                guard let module = adapter.layout.module(layer: layer, projection) else { return y }
                let low = multiply(Array(parameters[module.a]), x)
                let scale = adapter.configuration.alpha / Double(adapter.configuration.rank)
                return zip(y, multiply(Array(parameters[module.b]), low)).map { $0 + scale * $1 }
            }
            let normed = x.map { norm($0, "model.layers.\(layer).input_layernorm.weight") }
            let q = normed.enumerated().map { turned(linear($0.element, .query), position: $0.offset) }
            let k = normed.enumerated().map { turned(linear($0.element, .key), position: $0.offset) }
            let v = normed.map { linear($0, .value) }
            for i in x.indices { add(linear(attend(q[i], k[...i], v[...i]), .output), to: &x[i]) }
            for i in x.indices {
                let n = norm(x[i], "model.layers.\(layer).post_attention_layernorm.weight")
                let inner = zip(linear(n, .gate), linear(n, .up)).map { $0 / (1 + exp(-$0)) * $1 }
                add(linear(inner, .down), to: &x[i])
            }
        }
        let head = tensors["lm_head.weight"] ?? embedding
        return x.map { multiply(head, norm($0, "model.norm.weight")) }
    }

    private func multiply(_ w: [Double], _ x: [Double]) -> [Double] {
        stride(from: 0, to: w.count, by: x.count).map { start in
            x.indices.reduce(0) { $0 + w[start + $1] * x[$1] }
        }
    }

    private func add(_ y: [Double], to x: inout [Double]) { for i in x.indices { x[i] += y[i] } }

    private func norm(_ x: [Double], _ name: String) -> [Double] {
        let r = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + Double(architecture.normEpsilon)).squareRoot()
        return zip(x, tensors[name] ?? []).map { $0 * r * $1 }
    }

    private func turned(_ x: [Double], position: Int) -> [Double] {
        let (size, half) = (model.headSize, model.headSize / 2)
        var y = x
        for start in stride(from: 0, to: x.count, by: size) {
            for i in 0..<half {
                let angle = Double(position) * pow(architecture.rope.base, -2 * Double(i) / Double(size))
                y[start + i] = x[start + i] * cos(angle) - x[start + half + i] * sin(angle)
                y[start + half + i] = x[start + half + i] * cos(angle) + x[start + i] * sin(angle)
            }
        }
        return y
    }

    private func attend(_ q: [Double], _ k: ArraySlice<[Double]>, _ v: ArraySlice<[Double]>) -> [Double] {
        let size = model.headSize
        return (0..<model.heads).flatMap { head -> [Double] in
            let from = head / (model.heads / model.keyValueHeads) * size
            let scores = k.map { key in
                (0..<size).reduce(0) { $0 + q[head * size + $1] * key[from + $1] } / Double(size).squareRoot()
            }
            let weights = scores.map { exp($0 - (scores.max() ?? 0)) }
            let total = weights.reduce(0, +)
            return (0..<size).map { i in zip(weights, v).reduce(0) { $0 + $1.0 * $1.1[from + i] } / total }
        }
    }
}
