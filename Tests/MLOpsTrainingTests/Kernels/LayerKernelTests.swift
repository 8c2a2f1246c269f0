@testable import MLOpsTraining
import Foundation
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
        let (rows, heads, size, rotary) = (shape[0], shape[1], shape[2], shape[3])
        var numbers = TestNumbers(rows * size)
        let x = numbers.floats(rows * heads * size)
        let angles = numbers.floats(rows * rotary / 2, scale: 3)
        let cosine = Matrix(angles.map { cos($0) }, rows: rows, columns: rotary / 2)
        let sine = Matrix(angles.map { sin($0) }, rows: rows, columns: rotary / 2)
        let turned = Framed(x, rows: rows, columns: heads * size)
        Kernels.using(set) { Kernels.rope(turned.matrix, cosine: cosine, sine: sine, headSize: size) }
        var expected = x.doubles
        for row in 0..<rows {
            for head in 0..<heads {
                for i in 0..<rotary / 2 {
                    let at = (row * heads + head) * size + i
                    let angle = Double(angles[row * rotary / 2 + i])
                    let (left, right) = (Double(x[at]), Double(x[at + rotary / 2]))
                    expected[at] = left * cos(angle) - right * sin(angle)
                    expected[at + rotary / 2] = right * cos(angle) + left * sin(angle)
                }
            }
        }
        expectClose(turned.matrix.elements(), expected, within: 1e-6)
        #expect(turned.isIntact)
        Kernels.using(set) { Kernels.rope(turned.matrix, cosine: cosine, sine: sine, headSize: size, back: true) }
        expectClose(turned.matrix.elements(), x.doubles, within: 1e-6)
    }

    @Test(arguments: Kernels.instructionSets, shapes)
    func activatesForthAndBack(set: Kernels.InstructionSet, shape: [Int]) {
        let (rows, n) = (shape[0], shape[1])
        var numbers = TestNumbers(rows + n)
        let gate = numbers.floats(rows * n, scale: 12)
        let (up, dy) = (numbers.floats(rows * n), numbers.floats(rows * n))
        func matrix(_ elements: [Float]) -> Matrix { Matrix(elements, rows: rows, columns: n) }
        let y = Framed(rows: rows, columns: n)
        let (dgate, dup) = (Matrix(rows: rows, columns: n), Matrix(rows: rows, columns: n))
        Kernels.using(set) {
            Kernels.swiGLUForward(gate: matrix(gate), up: matrix(up), into: y.matrix)
            Kernels.swiGLUBackward(matrix(dy), gate: matrix(gate), up: matrix(up), dgate: dgate, dup: dup)
        }
        let sigmoid = gate.map { 1 / (1 + exp(-Double($0))) }
        let all = gate.indices
        expectClose(y.matrix.elements(), all.map { Double(gate[$0]) * sigmoid[$0] * Double(up[$0]) }, within: 1e-6)
        expectClose(dup.elements(), all.map { Double(dy[$0]) * Double(gate[$0]) * sigmoid[$0] }, within: 1e-6)
        expectClose(
            dgate.elements(),
            all.map {
                Double(dy[$0]) * Double(up[$0]) * sigmoid[$0] * (1 + Double(gate[$0]) * (1 - sigmoid[$0]))
            }, within: 1e-6)
        #expect(y.isIntact)
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
