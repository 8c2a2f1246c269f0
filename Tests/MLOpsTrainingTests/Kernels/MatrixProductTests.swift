@testable import MLOpsTraining
import Testing

/// f32 products of two matrices against plain loops.
@Suite(.serialized) struct MatrixProductTests {
    /// m, n, k around the numbers of rows from which other kernels multiply, and the panels of columns; sums over nothing.
    static let shapes = [
        [1, 1, 1], [1, 577, 33], [2, 48, 64], [5, 49, 7], [23, 500, 20], [24, 1000, 33], [100, 3000, 5],
        [191, 100, 17],
        [192, 100, 17], [193, 49, 64], [217, 577, 30], [400, 7, 50], [400, 50, 51], [480, 96, 48], [3, 5, 0],
    ]

    @Test(arguments: shapes, [false, true])
    func agreesWithPlainLoops(shape: [Int], isTransposed: Bool) {
        let (m, n, k) = (shape[0], shape[1], shape[2])
        var numbers = TestNumbers(m + n + k)
        let (x, w, before) = (numbers.floats(m * k), numbers.floats(n * k), numbers.floats(m * n))
        let expected = product(x, w, m: m, n: n, k: k, isTransposed: isTransposed)
        for adding in [false, true] {
            let y = Framed(before, rows: m, columns: n)
            run(x, w, m, n, k, isTransposed, into: y.matrix, adding: adding)
            expectClose(
                y.matrix.elements(), expected.indices.map { expected[$0] + (adding ? Double(before[$0]) : 0) },
                within: 2e-6)
            #expect(y.isIntact)
        }
    }

    @Test(arguments: shapes, [false, true])
    func anyNumberOfThreadsGivesTheSameBits(shape: [Int], isTransposed: Bool) {
        let (m, n, k) = (shape[0], shape[1], shape[2])
        var numbers = TestNumbers(m * n)
        let (x, w) = (numbers.floats(m * k), numbers.floats(n * k))
        let threads = ComputeThreads.count
        defer { ComputeThreads.count = threads }
        let results = [1, 2, 3, 4].map { count in
            ComputeThreads.count = count
            let y = Matrix(rows: m, columns: n)
            run(x, w, m, n, k, isTransposed, into: y, adding: false)
            return y.elements()
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    private func run(
        _ x: [Float], _ w: [Float], _ m: Int, _ n: Int, _ k: Int, _ isTransposed: Bool, into y: Matrix, adding: Bool
    ) {
        let left = Framed(x, rows: m, columns: k, gap: 3).matrix
        if isTransposed {
            MatrixProducts.multiplyTransposed(
                left, Framed(w, rows: n, columns: k, gap: 2).matrix, into: y, adding: adding)
        } else {
            MatrixProducts.multiply(left, Framed(w, rows: k, columns: n, gap: 2).matrix, into: y, adding: adding)
        }
    }
}
