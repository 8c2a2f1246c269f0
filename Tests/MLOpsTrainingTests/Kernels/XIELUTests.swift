@testable import MLOpsTraining
import Foundation
import Testing

/// Apertus' activation beside its formula, and its gradients beside finite differences. Whole models: Tests/Interop.
@Suite struct XIELUTests {
    private static let rows = 5
    private static let columns = 37

    /// y in double precision.
    private func value(_ x: Double, p: Double, n: Double, beta: Double, epsilon: Double) -> Double {
        func softplus(_ x: Double) -> Double { log1p(exp(x)) }
        return x > 0
            ? softplus(p) * x * x + beta * x
            : (beta + softplus(n)) * (expm1(min(x, epsilon)) - x) + beta * x
    }

    private func numbers(_ seed: Int) -> [Float] {
        var numbers = TestNumbers(seed)
        return numbers.floats(Self.rows * Self.columns, scale: 3)
    }

    @Test(arguments: [(Float(0.2), Float(-1), Float(0.5)), (-3, 4, 0.1)])
    func itIsItsFormulaAndItsSlope(p: Float, n: Float, beta: Float) {
        let xielu = XIELU(p: p, n: n, beta: beta, epsilon: -1e-6)
        let (x, dy) = (numbers(1), numbers(2))
        let (y, dx) = (Matrix(rows: Self.rows, columns: Self.columns), Matrix(rows: Self.rows, columns: Self.columns))
        let input = Matrix(x, rows: Self.rows, columns: Self.columns)
        xielu.forward(input, into: y)
        let found = xielu.backward(Matrix(dy, rows: Self.rows, columns: Self.columns), x: input, into: dx)
        let (outputs, gradients) = (y.elements(), dx.elements())
        let h = 1e-5
        var (dp, dn) = (0.0, 0.0)
        for i in x.indices {
            func at(_ x: Double, p: Double = Double(p), n: Double = Double(n)) -> Double {
                value(x, p: p, n: n, beta: Double(beta), epsilon: -1e-6)
            }
            let x = Double(x[i])
            #expect(abs(Double(outputs[i]) - at(x)) < 1e-5 * max(1, abs(at(x))))
            let slope = (at(x + h) - at(x - h)) / (2 * h) * Double(dy[i])
            #expect(abs(Double(gradients[i]) - slope) < 1e-3 * max(1, abs(slope)))
            dp += Double(dy[i]) * (at(x, p: Double(p) + h) - at(x, p: Double(p) - h)) / (2 * h)
            dn += Double(dy[i]) * (at(x, n: Double(n) + h) - at(x, n: Double(n) - h)) / (2 * h)
        }
        #expect(abs(Double(found.p) - dp) < 1e-3 * max(1, abs(dp)))
        #expect(abs(Double(found.n) - dn) < 1e-3 * max(1, abs(dn)))
    }
}
