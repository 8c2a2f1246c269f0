@testable import MLOpsTraining
import Foundation
import MLOpsCore
import Testing

/// Norm, rotation, activation and loss against plain loops in double precision, on every instruction set of this CPU.
@Suite struct LayerKernelTests {
    static let shapes = [[1, 1], [1, 15], [3, 16], [16, 17], [17, 64], [33, 100], [2, 577]]

    @Test(arguments: Kernels.instructionSets, shapes)
    func normsForthAndBack(set: Kernels.InstructionSet, shape: [Int]) {
        let (rows, n) = (shape[0], shape[1])
        var numbers = TestNumbers(rows + n)
        let (x, dy, w) = (numbers.floats(rows * n), numbers.floats(rows * n), numbers.floats(n))
        let before = numbers.floats(rows * n)
        let y = Framed(rows: rows, columns: n)
        let dx = Framed(before, rows: rows, columns: n)
        let inverse = Matrix(rows: rows, columns: 1)
        let xs = Framed(x, rows: rows, columns: n, gap: 3).matrix
        let dys = Framed(dy, rows: rows, columns: n, gap: 1).matrix
        Kernels.using(set) {
            Kernels.rmsNormForward(xs, weight: w, epsilon: 1e-3, into: y.matrix, inverse: inverse)
            Kernels.rmsNormBackward(dys, xs, weight: w, inverse: inverse, into: dx.matrix)
        }
        let half = HalfMatrix.filled(rows: rows, columns: n)
        Kernels.using(set) {
            Kernels.rmsNormForward(xs, weight: w, epsilon: 1e-3, into: half, inverse: Matrix(rows: rows, columns: 1))
        }
        #expect(half.floats(padded: true) == HalfMatrix.rounded(y.matrix).floats(padded: true))
        var (expectedY, expectedDX, expectedInverse): ([Double], [Double], [Double]) = ([], [], [])
        for row in 0..<rows {
            let (a, g) = (x[row * n..<row * n + n].map { Double($0) }, dy[row * n..<row * n + n].map { Double($0) })
            let r = 1 / (a.reduce(0) { $0 + $1 * $1 } / Double(n) + Double(Float(1e-3))).squareRoot()
            let dots = (0..<n).reduce(0.0) { $0 + Double(w[$1]) * g[$1] * a[$1] }
            expectedInverse.append(r)
            expectedY += (0..<n).map { a[$0] * r * Double(w[$0]) }
            expectedDX += (0..<n).map {
                Double(before[row * n + $0]) + r * Double(w[$0]) * g[$0] - a[$0] * r * r * r / Double(n) * dots
            }
        }
        expectClose(y.matrix.elements(), expectedY, within: 1e-6)
        expectClose(inverse.elements(), expectedInverse, within: 1e-6)
        expectClose(dx.matrix.elements(), expectedDX, within: 2e-6)
        #expect(y.isIntact && dx.isIntact)
    }

    @Test(arguments: Kernels.instructionSets, [[1, 1, 2, 2], [5, 2, 6, 6], [17, 3, 64, 64], [4, 2, 20, 12]])
    func turnsPairsByTheirAngleAndBack(set: Kernels.InstructionSet, shape: [Int]) {
        for neighbours in [false, true] { turnsPairs(set, shape, neighbours: neighbours) }
    }

    private func turnsPairs(_ set: Kernels.InstructionSet, _ shape: [Int], neighbours: Bool) {
        let (rows, heads, size, rotary) = (shape[0], shape[1], shape[2], shape[3])
        var numbers = TestNumbers(rows * size)
        let x = numbers.floats(rows * heads * size)
        let angles = numbers.floats(rows * rotary / 2, scale: 3)
        let cosine = Matrix(angles.map { cos($0) }, rows: rows, columns: rotary / 2)
        let sine = Matrix(angles.map { sin($0) }, rows: rows, columns: rotary / 2)
        let turned = Framed(x, rows: rows, columns: heads * size)
        Kernels.using(set) {
            Kernels.rope(turned.matrix, cosine: cosine, sine: sine, headSize: size, neighbours: neighbours)
        }
        var expected = x.doubles
        for row in 0..<rows {
            for head in 0..<heads {
                for i in 0..<rotary / 2 {
                    let at = (row * heads + head) * size + (neighbours ? 2 * i : i)
                    let other = neighbours ? at + 1 : at + rotary / 2
                    let angle = Double(angles[row * rotary / 2 + i])
                    let (left, right) = (Double(x[at]), Double(x[other]))
                    expected[at] = left * cos(angle) - right * sin(angle)
                    expected[other] = right * cos(angle) + left * sin(angle)
                }
            }
        }
        expectClose(turned.matrix.elements(), expected, within: 1e-6)
        #expect(turned.isIntact)
        let (rounded, converted) = (
            HalfMatrix.filled(rows: rows, columns: heads * size), HalfMatrix.filled(rows: rows, columns: heads * size)
        )
        Kernels.using(set) {
            Kernels.rope(
                turned.matrix, cosine: cosine, sine: sine, headSize: size, neighbours: neighbours, back: true,
                rounded: rounded)
            Kernels.convert(turned.matrix, into: converted)
        }
        expectClose(turned.matrix.elements(), x.doubles, within: 1e-6)
        #expect(rounded.floats(padded: true) == converted.floats(padded: true))
    }

    @Test(arguments: Kernels.instructionSets, shapes)
    func boundsForthAndBack(set: Kernels.InstructionSet, shape: [Int]) {
        let (rows, n) = (shape[0], shape[1])
        var numbers = TestNumbers(rows * n)
        let (x, dy) = (numbers.floats(rows * n, scale: 2), numbers.floats(rows * n))
        let (y, dx) = (Framed(rows: rows, columns: n), Framed(dy, rows: rows, columns: n, gap: 2))
        let xs = Framed(x, rows: rows, columns: n, gap: 3)
        Kernels.using(set) {
            Kernels.bound(xs.matrix, by: 0.75, into: y.matrix)
            Kernels.boundBackward(dx.matrix, x: xs.matrix, by: 0.75, into: dx.matrix)
        }
        #expect(y.matrix.elements() == x.map { min(max($0, -0.75), 0.75) })
        #expect(dx.matrix.elements() == zip(x, dy).map { abs($0) < 0.75 ? $1 : 0 })
        #expect(y.isIntact && dx.isIntact && xs.matrix.elements() == x)
    }

    @Test(arguments: Kernels.instructionSets, shapes)
    func normsAboutTheMeanForthAndBack(set: Kernels.InstructionSet, shape: [Int]) {
        let (rows, n) = (shape[0], shape[1])
        var numbers = TestNumbers(rows + n)
        let (x, dy) = (numbers.floats(rows * n).map { $0 + 3 }, numbers.floats(rows * n))
        let (w, b, before) = (numbers.floats(n), numbers.floats(n), numbers.floats(rows * n))
        let (y, dx) = (Framed(rows: rows, columns: n), Framed(before, rows: rows, columns: n))
        let inverse = Matrix(rows: rows, columns: 1)
        let (xs, dys) = (Framed(x, rows: rows, columns: n, gap: 3).matrix, Framed(dy, rows: rows, columns: n).matrix)
        let norm = Kernels.LayerNorm(weight: w, bias: b, epsilon: 1e-3)
        let half = HalfMatrix.filled(rows: rows, columns: n)
        Kernels.using(set) {
            Kernels.layerNormForward(xs, norm, into: half, inverse: inverse)
            Kernels.layerNormForward(xs, norm, into: y.matrix, inverse: inverse)
            Kernels.layerNormBackward(dys, xs, weight: w, inverse: inverse, into: dx.matrix)
        }
        var (expectedY, expectedDX): ([Double], [Double]) = ([], [])
        for row in 0..<rows {
            let range = row * n..<row * n + n
            let (a, g) = (x[range].map { Double($0) }, zip(dy[range], w).map { Double($0) * Double($1) })
            let mean = a.reduce(0, +) / Double(n)
            let r = 1 / (a.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n) + Double(Float(1e-3))).squareRoot()
            let z = a.map { ($0 - mean) * r }
            let (shift, slope) = (g.reduce(0, +) / Double(n), zip(g, z).reduce(0) { $0 + $1.0 * $1.1 } / Double(n))
            expectedY += (0..<n).map { z[$0] * Double(w[$0]) + Double(b[$0]) }
            expectedDX += (0..<n).map { Double(before[row * n + $0]) + r * (g[$0] - shift - z[$0] * slope) }
        }
        expectClose(y.matrix.elements(), expectedY, within: 2e-5)
        expectClose(dx.matrix.elements(), expectedDX, within: 2e-5)
        #expect(half.floats(padded: true) == HalfMatrix.rounded(y.matrix).floats(padded: true))
        #expect(y.isIntact && dx.isIntact)
    }

    /// Gate and up by themselves, and as columns of one matrix.
    @Test(arguments: Kernels.instructionSets, shapes)
    func activatesForthAndBack(set: Kernels.InstructionSet, shape: [Int]) {
        let (rows, n) = (shape[0], shape[1])
        for (activation, isFused) in [
            (DecoderArchitecture.Activation.silu, false), (.silu, true), (.geluTanh, false), (.geluTanh, true),
            (.gelu, false), (.gelu, true), (.squaredReLU, false), (.squaredReLU, true), (.relu, false), (.relu, true),
        ] {
            var numbers = TestNumbers(rows + n)
            let gate = numbers.floats(rows * n, scale: 12)
            let (up, dy) = (numbers.floats(rows * n), numbers.floats(rows * n))
            func matrix(_ elements: [Float]) -> Matrix {
                Framed(elements, rows: rows, columns: n, gap: isFused ? n : 0).matrix
            }
            let y = Framed(rows: rows, columns: n)
            let gap = isFused ? n + 1 : 0
            let (dgate, dup) = (Framed(rows: rows, columns: n, gap: gap), Framed(rows: rows, columns: n, gap: gap))
            Kernels.using(set) {
                Kernels.gluForward(activation, gate: matrix(gate), up: matrix(up), into: y.matrix)
                Kernels.gluBackward(
                    activation, matrix(dy), gate: matrix(gate), up: matrix(up), dgate: dgate.matrix, dup: dup.matrix)
            }
            let values = gate.map { Self.activated(activation, Double($0)) }
            let all = gate.indices
            expectClose(y.matrix.elements(), all.map { values[$0].value * Double(up[$0]) }, within: 3e-6)
            expectClose(dup.matrix.elements(), all.map { Double(dy[$0]) * values[$0].value }, within: 3e-6)
            expectClose(
                dgate.matrix.elements(), all.map { Double(dy[$0]) * Double(up[$0]) * values[$0].slope }, within: 3e-6)
            #expect(y.isIntact && dgate.isIntact && dup.isIntact)

            // In bf16: what f32 results are when they are rounded, and zeros up to a whole vector.
            let halves = (0..<3).map { _ in HalfMatrix.filled(rows: rows, columns: n) }
            Kernels.using(set) {
                Kernels.gluForward(activation, gate: matrix(gate), up: matrix(up), into: halves[0])
                Kernels.gluBackward(
                    activation, matrix(dy), gate: matrix(gate), up: matrix(up), dgate: halves[1], dup: halves[2])
            }
            for (half, exact) in zip(halves, [y, dgate, dup]) {
                #expect(half.floats(padded: true) == HalfMatrix.rounded(exact.matrix).floats(padded: true))
            }
        }
    }

    private static func activated(
        _ activation: DecoderArchitecture.Activation, _ x: Double
    ) -> (value: Double, slope: Double) {
        switch activation {
        case .silu:
            let s = 1 / (1 + exp(-x))
            return (x * s, s * (1 + x * (1 - s)))
        case .gelu:
            let share = erfc(-x / 2.0.squareRoot()) / 2
            return (x * share, share + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
        case .geluTanh:
            let root = (2 / Double.pi).squareRoot()
            let t = tanh(root * (x + 0.044715 * x * x * x))
            return (x / 2 * (1 + t), (1 + t) / 2 + x / 2 * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x))
        case .squaredReLU: return (max(x, 0) * max(x, 0), 2 * max(x, 0))
        case .relu: return (max(x, 0), x > 0 ? 1 : 0)
        case .xielu: preconditionFailure("XIELUTests")
        }
    }

    @Test(arguments: Kernels.instructionSets, [[1, 2], [3, 15], [5, 17], [2, 4100]])
    func boundsLogits(set: Kernels.InstructionSet, shape: [Int]) {
        let (rows, n) = (shape[0], shape[1])
        var numbers = TestNumbers(rows * n)
        let x = (0..<rows * n).map { i in numbers.float() * (i % 3 == 0 ? 0.01 : i % 3 == 1 ? 5 : 300) }
        let (bounded, slope) = (Framed(x, rows: rows, columns: n), Framed(rows: rows, columns: n))
        Kernels.using(set) { Kernels.softcap(bounded.matrix, scale: 0.25, cap: 7, slope: slope.matrix) }
        let tangents = x.map { tanh(Double($0) * 0.25 / 7) }
        for (ours, theirs) in zip(bounded.matrix.elements(), tangents) {
            #expect(abs(Double(ours) - 7 * theirs) <= 4e-7 * abs(7 * theirs))
        }
        expectClose(slope.matrix.elements(), tangents.map { 0.25 * (1 - $0 * $0) }, within: 1e-6)
        #expect(bounded.isIntact && slope.isIntact)
    }

    @Test(arguments: Kernels.instructionSets)
    func addsAndMultipliesRowsWithGaps(set: Kernels.InstructionSet) {
        var numbers = TestNumbers(3)
        let (x, y) = (numbers.floats(35 * 19), numbers.floats(35 * 19))
        let (sum, product) = (Framed(y, rows: 35, columns: 19), Framed(y, rows: 35, columns: 19, gap: 2))
        let other = Framed(x, rows: 35, columns: 19, gap: 3)
        Kernels.using(set) {
            Kernels.add(other.matrix, scaled: 0.5, into: sum.matrix)
            Kernels.multiply(other.matrix, into: product.matrix)
        }
        expectClose(sum.matrix.elements(), zip(x, y).map { Double($1) + 0.5 * Double($0) })
        expectClose(product.matrix.elements(), zip(x, y).map { Double($0) * Double($1) })
        #expect(sum.isIntact && product.isIntact)
    }

    @Test(arguments: Kernels.instructionSets, [[1, 2], [3, 15], [2, 16], [5, 17], [3, 4100], [2, 49_152]])
    func measuresLossAndItsGradient(set: Kernels.InstructionSet, shape: [Int]) {
        let (rows, n) = (shape[0], shape[1])
        var numbers = TestNumbers(rows + n)
        let x = numbers.floats(rows * n, scale: 30)
        let targets = numbers.ids(rows, vocabulary: n)
        let logits = Framed(x, rows: rows, columns: n)
        let gradient = Framed(x, rows: rows, columns: n)
        let (loss, sameLoss) = Kernels.using(set) {
            (
                Kernels.crossEntropy(logits.matrix, targets: targets, gradientScale: nil),
                Kernels.crossEntropy(gradient.matrix, targets: targets, gradientScale: 0.5)
            )
        }
        var (expectedLoss, expected): ([Double], [Double]) = ([], [])
        for row in 0..<rows {
            let part = x[row * n..<row * n + n].map { Double($0) }
            let top = part.max() ?? 0
            let total = part.reduce(0) { $0 + exp($1 - top) }
            expectedLoss.append(log(total) + top - part[Int(targets[row])])
            expected += part.enumerated().map {
                0.5 * (exp($0.element - top) / total - ($0.offset == Int(targets[row]) ? 1 : 0))
            }
        }
        expectClose(loss, expectedLoss, within: 1e-6)
        #expect(loss == sameLoss)
        #expect(logits.matrix.elements() == x, "without a gradient the logits stay")
        expectClose(gradient.matrix.elements(), expected, within: 2e-6)
        #expect(logits.isIntact && gradient.isIntact)
    }
}
