@testable import MLOpsTraining
import Testing

/// Kernels over flat buffers and rows against plain loops, on every instruction set of this CPU.
@Suite struct FlatKernelTests {
    /// Around the widths of vectors and of blocks.
    static let counts = [1, 2, 15, 16, 17, 33, 100, 4095, 4096, 4097, 9001]
    static let shapes = [[1, 1], [1, 17], [3, 5], [15, 16], [16, 33], [17, 48], [40, 100]]

    @Test(arguments: Kernels.instructionSets, counts)
    func addsAndScales(set: Kernels.InstructionSet, count: Int) {
        var numbers = TestNumbers(count)
        let (x, y) = (numbers.floats(count), numbers.floats(count))
        var (sum, scaled) = (y, y)
        Kernels.using(set) {
            Kernels.add(x, scaled: 0.37, into: &sum)
            Kernels.scale(&scaled, by: -2.5)
        }
        expectClose(sum, zip(x, y).map { Double($1) + Double(Float(0.37)) * Double($0) }, within: 2e-7)
        #expect(scaled == y.map { $0 * -2.5 })
    }

    @Test(arguments: Kernels.instructionSets, counts)
    func sumsSquaresInDoublePrecision(set: Kernels.InstructionSet, count: Int) {
        var numbers = TestNumbers(count)
        let x = numbers.floats(count, scale: 1e3)
        let expected = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        let sum = Kernels.using(set) { Kernels.squareSum(x) }
        #expect(abs(sum - expected) <= 1e-13 * expected)
    }

    @Test(arguments: Kernels.instructionSets, counts)
    func movesParametersAsTheFormulaOfAdamWSays(set: Kernels.InstructionSet, count: Int) {
        var numbers = TestNumbers(count)
        let (p, g, m) = (numbers.floats(count), numbers.floats(count), numbers.floats(count))
        let v = numbers.floats(count).map { $0 * $0 }
        let rates = Kernels.AdamWRates(
            shrink: 0.99, rate: 0.02, root: 3, beta1Complement: 0.1, beta2: 0.999, beta2Complement: 0.001,
            epsilon: 1e-4,
            gradientScale: 0.5)
        var (newP, newM, newV) = (p, m, v)
        Kernels.using(set) { Kernels.adamW(&newP, g, &newM, &newV, in: 0..<newP.count, rates: rates) }
        var (expectedP, expectedM, expectedV): ([Double], [Double], [Double]) = ([], [], [])
        for i in 0..<count {
            let gradient = 0.5 * Double(g[i])
            let first = Double(m[i]) + Double(rates.beta1Complement) * (gradient - Double(m[i]))
            let second = Double(rates.beta2) * Double(v[i]) + Double(rates.beta2Complement) * gradient * gradient
            expectedM.append(first)
            expectedV.append(second)
            let step = first / (second.squareRoot() * Double(rates.root) + Double(rates.epsilon))
            expectedP.append(Double(p[i]) * Double(rates.shrink) - Double(rates.rate) * step)
        }
        expectClose(newP, expectedP, within: 1e-6)
        expectClose(newM, expectedM, within: 1e-6)
        expectClose(newV, expectedV, within: 1e-6)
    }

    @Test(arguments: Kernels.instructionSets, shapes)
    func copiesTransposesAndAddsRowsInsideTheirFrame(set: Kernels.InstructionSet, shape: [Int]) {
        let (rows, columns) = (shape[0], shape[1])
        var numbers = TestNumbers(rows * columns)
        let elements = numbers.floats(rows * columns)
        let row = numbers.floats(columns)
        let x = Framed(elements, rows: rows, columns: columns)
        let copy = Framed(rows: rows, columns: columns, gap: 2)
        let turned = Framed(rows: columns, columns: rows, gap: 1)
        let sum = Framed(elements, rows: rows, columns: columns)
        Kernels.using(set) {
            Kernels.copy(x.matrix, into: copy.matrix)
            Kernels.transpose(x.matrix, scaled: 2, into: turned.matrix)
            Kernels.addRow(row, into: sum.matrix)
        }
        #expect(copy.matrix.elements() == elements)
        #expect(
            turned.matrix.elements()
                == (0..<columns).flatMap { j in (0..<rows).map { 2 * elements[$0 * columns + j] } })
        #expect(sum.matrix.elements() == elements.indices.map { elements[$0] + row[$0 % columns] })
        #expect(copy.isIntact && turned.isIntact && sum.isIntact && x.isIntact)
    }
}
