@testable import MLOpsTraining
import Testing

/// Attention over tiles against ``AttentionTwin``, on every instruction set of this CPU.
@Suite struct AttentionKernelTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var lengths: [Int]
        var heads = 2
        var keyValueHeads = 1
        var size = 8
        var window: Int?
        var softcap: Float?
        var isInHalves = false

        var testDescription: String {
            "\(lengths), \(heads)/\(keyValueHeads)×\(size), window \(window ?? 0), bound \(softcap ?? 0), \(isInHalves ? "bf16" : "f32")"
        }
        var inHalves: Case {
            var other = self
            other.isInHalves = true
            return other
        }
        var shape: AttentionShape {
            AttentionShape(
                headCount: heads, keyValueHeadCount: keyValueHeads, headSize: size, scale: 0.3, window: window,
                softcap: softcap, isInHalves: isInHalves)
        }
        /// p and ds are rounded to eight bits.
        func tolerance(_ exact: Double) -> Double { isInHalves ? 6e-3 : exact }
        var tokens: Int { lengths.reduce(0, +) }
        var rows: [Range<Int>] {
            var start = 0
            return lengths.map { length in
                defer { start += length }
                return start..<start + length
            }
        }
    }

    /// Around the tiles of 64 and the vectors of 16.
    static let cases = inFloats + inFloats.map(\.inHalves)
    private static let inFloats = [
        Case(lengths: [1]), Case(lengths: [17], heads: 4, keyValueHeads: 2, size: 20),
        Case(lengths: [64, 1, 65], heads: 3, keyValueHeads: 3, size: 6),
        Case(lengths: [3, 70, 129], heads: 6, keyValueHeads: 2, size: 16),
        Case(lengths: [130], size: 64), Case(lengths: [9], size: 256),
        Case(lengths: [4, 1, 3], heads: 4, keyValueHeads: 2, size: 20, window: 2),
        Case(lengths: [5, 140], size: 10, window: 5), Case(lengths: [150], window: 70),
        Case(lengths: [3, 90], size: 16, softcap: 1.5), Case(lengths: [1, 150], size: 12, window: 33, softcap: 4),
        Case(lengths: [66], size: 32, window: 1), Case(lengths: [70], size: 16, softcap: 50),
        // Heads enough for a task each.
        Case(lengths: [70, 1, 20, 3, 64, 9, 2, 5], heads: 8, keyValueHeads: 4, size: 20),
        Case(lengths: [70, 1, 20, 3, 80, 9], heads: 6, keyValueHeads: 6, size: 16, window: 33, softcap: 4),
    ]

    @Test(arguments: Kernels.instructionSets, cases)
    func agreesWithTheFormulaForthAndBack(set: Kernels.InstructionSet, example: Case) {
        let (tokens, shape) = (example.tokens, example.shape)
        let (width, keyWidth) = (example.heads * example.size, example.keyValueHeads * example.size)
        var numbers = TestNumbers(tokens + width)
        func floats(_ count: Int, scale: Float = 1) -> [Float] {
            let exact = numbers.floats(count, scale: scale)
            return example.isInHalves ? HalfProductTests.rounded(exact) : exact
        }
        let (q, dy) = (floats(tokens * width, scale: 2), floats(tokens * width))
        let (k, v) = (floats(tokens * keyWidth, scale: 2), floats(tokens * keyWidth))
        func framed(_ columns: Int, gap: Int, _ elements: [Float]? = nil) -> Framed {
            Framed(elements, rows: tokens, columns: columns, gap: gap)
        }
        let (qs, ks, vs) = (framed(width, gap: 3, q), framed(keyWidth, gap: 1, k), framed(keyWidth, gap: 1, v))
        let output = framed(width, gap: 2)
        let sums = Matrix(rows: tokens, columns: example.heads)
        let delta = Matrix(rows: tokens, columns: example.heads)
        let (dq, dk, dv) = (framed(width, gap: 3), framed(keyWidth, gap: 1), framed(keyWidth, gap: 1))
        let rows = example.rows.map { AttentionRow(queries: $0, keys: ks.matrix.rows($0), values: vs.matrix.rows($0)) }
        Kernels.using(set) {
            Kernels.attentionForward(shape, rows: rows, q: qs.matrix, into: output.matrix, logSumExp: sums)
            Kernels.attentionBackward(
                shape, rows: rows, keyGradients: example.rows, q: qs.matrix, output: output.matrix,
                logSumExp: sums, doutput: framed(width, gap: 7, dy).matrix, delta: delta, dq: dq.matrix, dk: dk.matrix,
                dv: dv.matrix)
        }
        var expected: (output: [Double], sums: [Double], dq: [Double], dk: [Double], dv: [Double]) = (
            [], [], [], [], []
        )
        for row in example.rows {
            func part(_ x: [Float], _ columns: Int) -> [Double] {
                x[row.lowerBound * columns..<row.upperBound * columns].map { Double($0) }
            }
            let twin = AttentionTwin(shape: shape, q: part(q, width), k: part(k, keyWidth), v: part(v, keyWidth))
            let (o, s) = twin.forward()
            let gradients = twin.backward(part(dy, width))
            expected.output += o
            expected.sums += s
            expected.dq += gradients.dq
            expected.dk += gradients.dk
            expected.dv += gradients.dv
        }
        expectClose(output.matrix.elements(), expected.output, within: example.tolerance(2e-6))
        expectClose(sums.elements(), expected.sums, within: 2e-6)
        expectClose(dq.matrix.elements(), expected.dq, within: example.tolerance(1e-5))
        expectClose(dk.matrix.elements(), expected.dk, within: example.tolerance(1e-5))
        expectClose(dv.matrix.elements(), expected.dv, within: example.tolerance(1e-5))
        #expect(output.isIntact && dq.isIntact && dk.isIntact && dv.isIntact)
    }

    /// As with a key/value cache, or with a beginning that rows share: keys before those of the queries.
    @Test(
        arguments: Kernels.instructionSets,
        [
            [1, 1], [1, 64], [1, 65], [2, 200], [4, 700], [70, 129], [5, 7], [0, 3], [1, 200, 9], [2, 140, 66],
            [70, 200, 40], [4, 600, 300],
        ])
    func queriesSeeTheKeysOfTokensBeforeThem(set: Kernels.InstructionSet, counts: [Int]) {
        for isInHalves in [false, true] { compare(set, counts, isInHalves) }
    }

    private func compare(_ set: Kernels.InstructionSet, _ counts: [Int], _ isInHalves: Bool) {
        let (queries, keys) = (counts[0], counts[1])
        let window = counts.count > 2 ? counts[2] : nil
        let shape = AttentionShape(
            headCount: 4, keyValueHeadCount: 2, headSize: 8, scale: 0.5, window: window,
            softcap: window.map { Float($0) / 20 }, isInHalves: isInHalves)
        var numbers = TestNumbers(queries + keys)
        func floats(_ count: Int) -> [Float] {
            isInHalves ? HalfProductTests.rounded(numbers.floats(count)) : numbers.floats(count)
        }
        let (q, k, v) = (floats(queries * 32), floats(keys * 16), floats(keys * 16))
        let dy = floats(queries * 32)
        func tolerance(_ exact: Double) -> Double { isInHalves ? 6e-3 : exact }
        func matrix(_ elements: [Float], _ rows: Int, _ columns: Int) -> Matrix {
            Matrix(elements, rows: rows, columns: columns)
        }
        let (output, dq) = (Framed(rows: queries, columns: 32), Framed(rows: queries, columns: 32, gap: 0))
        let (dk, dv) = (Framed(rows: keys, columns: 16, gap: 0), Framed(rows: keys, columns: 16, gap: 0))
        let (sums, delta) = (Matrix(rows: queries, columns: 4), Matrix(rows: queries, columns: 4))
        let row = AttentionRow(queries: 0..<queries, keys: matrix(k, keys, 16), values: matrix(v, keys, 16))
        let qs = matrix(q, queries, 32)
        Kernels.using(set) {
            Kernels.attentionForward(shape, rows: [row], q: qs, into: output.matrix, logSumExp: sums)
            Kernels.attentionBackward(
                shape, rows: [row], keyGradients: [0..<keys], q: qs, output: output.matrix, logSumExp: sums,
                doutput: matrix(dy, queries, 32), delta: delta, dq: dq.matrix, dk: dk.matrix, dv: dv.matrix)
        }
        let twin = AttentionTwin(shape: shape, q: q.doubles, k: k.doubles, v: v.doubles)
        let expected = twin.backward(dy.doubles)
        expectClose(output.matrix.elements(), twin.forward().output, within: tolerance(2e-6))
        expectClose(dq.matrix.elements(), expected.dq, within: tolerance(1e-5))
        expectClose(dk.matrix.elements(), expected.dk, within: tolerance(1e-5))
        expectClose(dv.matrix.elements(), expected.dv, within: tolerance(1e-5))
        #expect(output.isIntact && dq.isIntact && dk.isIntact && dv.isIntact)
    }

    /// Many heads are a task each, a few are several; sums run in the same order.
    @Test(arguments: Kernels.instructionSets, [16, 20])
    func aRowsGradientsAreTheSameBitsBesideOthers(set: Kernels.InstructionSet, size: Int) {
        for isInHalves in [false, true] { compareBits(set, size, isInHalves) }
    }

    private func compareBits(_ set: Kernels.InstructionSet, _ size: Int, _ isInHalves: Bool) {
        let rows = [0..<90, 90..<96, 96..<200, 200..<270, 270..<300, 300..<365, 365..<370, 370..<377]
        let shape = AttentionShape(
            headCount: 4, keyValueHeadCount: 1, headSize: size, scale: 0.3, isInHalves: isInHalves)
        let (tokens, width, keyWidth) = (377, 4 * size, size)
        var numbers = TestNumbers(size)
        let (q, dy) = (numbers.floats(tokens * width, scale: 2), numbers.floats(tokens * width))
        let (k, v) = (numbers.floats(tokens * keyWidth, scale: 2), numbers.floats(tokens * keyWidth))
        func gradients(_ range: Range<Int>, _ rows: [Range<Int>]) -> [[Float]] {
            func part(_ x: [Float], _ columns: Int) -> Matrix {
                Matrix(x, rows: tokens, columns: columns).rows(range)
            }
            let inside = rows.map { $0.lowerBound - range.lowerBound..<$0.upperBound - range.lowerBound }
            let (keys, values) = (part(k, keyWidth), part(v, keyWidth))
            let output = Matrix(rows: range.count, columns: width)
            let (sums, delta) = (Matrix(rows: range.count, columns: 4), Matrix(rows: range.count, columns: 4))
            let dq = Matrix(rows: range.count, columns: width)
            let (dk, dv) = (Matrix(rows: range.count, columns: keyWidth), Matrix(rows: range.count, columns: keyWidth))
            let parts = inside.map { AttentionRow(queries: $0, keys: keys.rows($0), values: values.rows($0)) }
            Kernels.using(set) {
                Kernels.attentionForward(shape, rows: parts, q: part(q, width), into: output, logSumExp: sums)
                Kernels.attentionBackward(
                    shape, rows: parts, keyGradients: inside, q: part(q, width), output: output, logSumExp: sums,
                    doutput: part(dy, width), delta: delta, dq: dq, dk: dk, dv: dv)
            }
            return [dq, dk, dv].map { $0.elements() }
        }
        let all = gradients(0..<tokens, rows)
        for row in rows {
            for (alone, (beside, columns)) in zip(gradients(row, [row]), zip(all, [width, keyWidth, keyWidth])) {
                let isEqual = alone == Array(beside[row.lowerBound * columns..<row.upperBound * columns])
                #expect(isEqual, "\(row)")
            }
        }
    }
}
