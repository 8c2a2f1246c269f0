@testable import MLOpsTraining
import Foundation
import MLOpsCore

/// The decoder in double precision, a token and a number at a time, written from the formulas alone.
struct ReferenceModel {
    let model: TinyModel
    let architecture: DecoderArchitecture
    var tensors: [String: [Double]]

    init(_ model: TinyModel, _ architecture: DecoderArchitecture) {
        self.model = model
        self.architecture = architecture
        tensors = model.tensors.mapValues(\.doubles)
    }

    /// Σ −ln p of the supervised tokens, under an adapter with the given parameters.
    ///
    /// Magnitudes divide by the norms of the weights under the adapter's own parameters, not the given ones: DoRA's gradient takes
    /// them for constants.
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
        let scale = Double(architecture.embeddingScale)
        var x = ids.map { embedding[Int($0) * model.hidden..<(Int($0) + 1) * model.hidden].map { scale * $0 } }
        for layer in 0..<model.layers {
            func linear(_ x: [Double], _ projection: Projection) -> [Double] {
                let path = architecture.family.path(of: projection, layer: layer)
                var y = multiply(tensors[path + ".weight"] ?? [], x)
                let bias = tensors[path + ".bias"] ?? y.map { _ in 0 }
                guard let module = adapter.layout.module(layer: layer, projection) else {
                    return zip(y, bias).map { $0 + $1 }
                }
                let low = multiply(Array(parameters[module.a]), x)
                let scale = Double(module.scale)
                y = zip(y, multiply(Array(parameters[module.b]), low)).map { $0 + scale * $1 }
                if module.isDecomposed {
                    y = zip(y, zip(parameters[module.magnitude], norms(module, adapter))).map { $0 * $1.0 / $1.1 }
                }
                return zip(y, bias).map { $0 + $1 }
            }
            /// The parts of what one weight, or several, make of x.
            func parts(_ x: [Double], _ fused: Projection, _ single: [Projection]) -> [[Double]] {
                guard architecture.projections.contains(fused) else { return single.map { linear(x, $0) } }
                let all = linear(x, fused)
                var start = 0
                return single.map { projection in
                    defer { start += architecture.size(of: projection).outputs }
                    return Array(all[start..<start + architecture.size(of: projection).outputs])
                }
            }
            func norm(_ x: [Double], _ norm: DecoderArchitecture.Norm) -> [Double] {
                guard let path = architecture.path(of: norm) else { return x }
                let size = architecture.size(of: norm)
                return stride(from: 0, to: x.count, by: size).flatMap {
                    normed(Array(x[$0..<$0 + size]), "model.layers.\(layer).\(path)")
                }
            }
            let seen = architecture.layerAttention[layer]
            let qkv = x.map { x in
                parts(norm(x, .beforeAttention), .queryKeyValue, [.query, .key, .value]).map { part in
                    guard let c = architecture.projectionBound.map(Double.init) else { return part }
                    return part.map { min(max($0, -c), c) }
                }
            }
            let q = qkv.enumerated().map { turned(norm($1[0], .query), position: $0, seen.rotation) }
            let k = qkv.enumerated().map { turned(norm($1[1], .key), position: $0, seen.rotation) }
            for i in x.indices {
                let first = seen.window.map { max(0, i + 1 - $0) } ?? 0
                let attended = attend(q[i], k[first...i], qkv[first...i].map { $0[2] })
                add(norm(linear(attended, .output), .afterAttention), to: &x[i])
            }
            for i in x.indices {
                let inner = parts(norm(x[i], .beforeMLP), .gateUp, [.gate, .up])
                let activated = zip(inner[0], inner[1]).map { activate($0) * $1 }
                add(norm(linear(activated, .down), .afterMLP), to: &x[i])
            }
        }
        let head = tensors["lm_head.weight"] ?? embedding
        return x.map { x in
            multiply(head, normed(x, "model.norm")).map { logit in
                let scaled = logit / Double(architecture.logitDivisor)
                return architecture.logitSoftcap.map { Double($0) * tanh(scaled / Double($0)) } ?? scaled
            }
        }
    }

    private func activate(_ x: Double) -> Double {
        switch architecture.activation {
        case .silu: x / (1 + exp(-x))
        case .gelu: x / 2 * erfc(-x / 2.0.squareRoot())
        case .squaredReLU: max(x, 0) * max(x, 0)
        case .relu: max(x, 0)
        case .xielu: preconditionFailure("no tiny model has it")
        case .geluTanh: x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        }
    }

    /// ‖W + s·B·A‖ by rows.
    private func norms(_ module: LoRALayout.Module, _ adapter: LoRAAdapter) -> [Double] {
        let weight = tensors[module.path + ".weight"] ?? []
        let (a, b) = (adapter.parameters[module.a].map(Double.init), adapter.parameters[module.b].map(Double.init))
        return (0..<module.shape.outputs).map { o in
            (0..<module.shape.inputs).reduce(0) { sum, i in
                let delta = (0..<module.rank).reduce(0) {
                    $0 + b[o * module.rank + $1] * a[$1 * module.shape.inputs + i]
                }
                let value = weight[o * module.shape.inputs + i] + Double(module.scale) * delta
                return sum + value * value
            }.squareRoot()
        }
    }

    private func multiply(_ w: [Double], _ x: [Double]) -> [Double] {
        stride(from: 0, to: w.count, by: x.count).map { start in
            x.indices.reduce(0) { $0 + w[start + $1] * x[$1] }
        }
    }

    private func add(_ y: [Double], to x: inout [Double]) {
        for i in x.indices { x[i] += Double(architecture.residualScale) * y[i] }
    }

    private func normed(_ x: [Double], _ name: String) -> [Double] {
        let mean = architecture.normKind == .rootMeanSquare ? 0 : x.reduce(0, +) / Double(x.count)
        let x = x.map { $0 - mean }
        let r = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + Double(architecture.normEpsilon)).squareRoot()
        let weight = tensors[name + ".weight"] ?? x.map { _ in 1 }
        let bias = tensors[name + ".bias"] ?? x.map { _ in 0 }
        return x.indices.map { x[$0] * r * (weight[$0] + Double(architecture.normOffset)) + bias[$0] }
    }

    private func turned(
        _ x: [Double], position: Int, _ rotation: DecoderArchitecture.LayerAttention.Rotation
    ) -> [Double] {
        guard rotation != .none else { return x }
        let base = rotation == .local ? architecture.localRope.base : architecture.rope.base
        let (size, half) = (architecture.rotarySize, architecture.rotarySize / 2)
        var y = x
        for start in stride(from: 0, to: x.count, by: model.headSize) {
            for i in 0..<half {
                let angle = Double(position) * pow(base, -2 * Double(i) / Double(size))
                y[start + i] = x[start + i] * cos(angle) - x[start + half + i] * sin(angle)
                y[start + half + i] = x[start + half + i] * cos(angle) + x[start + i] * sin(angle)
            }
        }
        return y
    }

    private func attend(_ q: [Double], _ k: ArraySlice<[Double]>, _ v: [[Double]]) -> [Double] {
        let size = model.headSize
        let scale = architecture.attentionScale ?? 1 / Double(size).squareRoot()
        return (0..<model.heads).flatMap { head -> [Double] in
            let from = head / (model.heads / model.keyValueHeads) * size
            let scores = k.map { key in
                let score = scale * (0..<size).reduce(0) { $0 + q[head * size + $1] * key[from + $1] }
                return architecture.attentionSoftcap.map { Double($0) * tanh(score / Double($0)) } ?? score
            }
            let weights = scores.map { exp($0 - (scores.max() ?? 0)) }
            let total = weights.reduce(0, +)
            return (0..<size).map { i in zip(weights, v).reduce(0) { $0 + $1.0 * $1.1[from + i] } / total }
        }
    }
}
