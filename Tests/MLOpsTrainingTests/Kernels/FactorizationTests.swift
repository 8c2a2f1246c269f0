@testable import MLOpsTraining
import Testing

/// LAPACK's factorisations: what they are made of multiplies back.
@Suite struct FactorizationTests {
    static let shapes = [(7, 7), (12, 5), (5, 12), (60, 33), (33, 60), (1, 9), (9, 1)]

    private func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        var numbers = TestNumbers(rows * 100 + columns)
        return Matrix(numbers.floats(rows * columns), rows: rows, columns: columns)
    }

    private func product(_ a: Matrix, _ b: Matrix, transposed: Bool = false) -> [Float] {
        let c = Matrix(rows: a.rows, columns: transposed ? b.rows : b.columns)
        transposed ? MatrixProducts.multiplyTransposed(a, b, into: c) : MatrixProducts.multiply(a, b, into: c)
        return c.elements()
    }

    @Test(arguments: shapes) func singularValuesMultiplyBack(rows: Int, columns: Int) throws {
        let w = matrix(rows, columns)
        let found = try #require(Factorizations.singularValues(w))
        #expect(found.values == found.values.sorted(by: >) && found.values.allSatisfy { $0 >= 0 })
        let scaled = Matrix(rows: rows, columns: found.values.count)
        Kernels.scaleColumns(
            found.left, by: Matrix(found.values, rows: 1, columns: found.values.count), into: scaled)
        #expect(relativeDifference(product(scaled, found.right), w.elements()) < 1e-5)
        let unit = product(found.right, found.right, transposed: true)
        for (i, value) in unit.enumerated() {
            #expect(abs(value - (i / found.values.count == i % found.values.count ? 1 : 0)) < 1e-5)
        }
    }

    @Test(arguments: shapes) func qrMultipliesBack(rows: Int, columns: Int) {
        let (w, count) = (matrix(rows, columns), min(rows, columns))
        let (q, r) = Factorizations.qr(w, count: count)
        #expect(relativeDifference(product(q, r), w.elements()) < 1e-5)
        for i in 0..<count { for j in 0..<min(i, columns) { #expect(r[i, j] == 0) } }
        // Of fewer columns, the first ones.
        let (first, top) = Factorizations.qr(w, count: 1)
        #expect(first.elements() == q.columns(0..<1).elements() && top.elements() == r.rows(0..<1).elements())
    }

    @Test(arguments: [(60, 33), (33, 60)])
    func approximateSingularValuesAreTheLeadingOnes(rows: Int, columns: Int) throws {
        // A matrix of rank 4 and little else.
        let (a, b) = (matrix(rows, 4), matrix(4, columns))
        let w = Matrix(product(a, b), rows: rows, columns: columns)
        Kernels.add(matrix(rows, columns), scaled: 1e-3, into: w)
        let all = try #require(Factorizations.singularValues(w))
        let random = CounterRandom(seed: 1, stream: .subspace)
        let some = try #require(
            Factorizations.approximateSingularValues(w, count: 4, iterations: 4, random: random))
        for (ours, exact) in zip(some.values, all.values) { #expect(abs(ours - exact) < 1e-4 * exact) }
        #expect(some.left.shape == [rows, 4] && some.right.shape == [4, columns])
    }
}
