@testable import MLOpsTraining
import Testing

/// Numbers that look random and are the same in every run.
struct TestNumbers {
    private let random: CounterRandom
    private var next: UInt64 = 0

    init(_ seed: Int) { random = CounterRandom(seed: UInt64(seed), stream: .sampling) }

    /// A number in −1…1.
    mutating func float() -> Float {
        next += 1
        return Float(2 * random.uniform(next) - 1)
    }

    mutating func floats(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in scale * float() } }

    /// A number below `bound`.
    mutating func integer(below bound: Int) -> Int {
        next += 1
        return Int(random.bits(next) % UInt64(bound))
    }

    mutating func ids(_ count: Int, vocabulary: Int) -> [Int32] {
        (0..<count).map { _ in Int32(integer(below: vocabulary)) }
    }
}

/// A matrix inside a wider and taller one, whose rest must stay as it is.
struct Framed {
    private static let frame: Float = 1234.5
    private let whole: Matrix
    let matrix: Matrix

    init(_ elements: [Float]? = nil, rows: Int, columns: Int, gap: Int = 5) {
        whole = Matrix(rows: rows + 2, columns: columns + gap)
        whole.fill(Self.frame)
        matrix = whole.rows(1..<rows + 1).columns(0..<columns)
        guard let elements else { return }
        precondition(elements.count == rows * columns)
        for i in 0..<rows { for j in 0..<columns { matrix[i, j] = elements[i * columns + j] } }
    }

    /// Whether nothing beside the matrix was written.
    var isIntact: Bool {
        for i in 0..<whole.rows {
            for j in 0..<whole.columns where i == 0 || i == whole.rows - 1 || j >= matrix.columns {
                if whole[i, j] != Self.frame { return false }
            }
        }
        return true
    }
}

/// max |a − b| / max |b|, where a list below 1/10 counts as 1/10: a gradient that must vanish has a rounding error.
func difference(_ a: [Float], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    let size = b.reduce(0) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / max(size, 0.1)
}

/// Expects two lists to be the same up to `tolerance` times their greatest number.
func expectClose(
    _ a: [Float], _ b: [Double], within tolerance: Double = 1e-6, _ comment: @autoclosure () -> Comment = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let difference = difference(a, b)
    #expect(difference <= tolerance, comment(), sourceLocation: sourceLocation)
}

extension [Float] {
    var doubles: [Double] { map { Double($0) } }
}

/// The product a·b of [m, k] and [k, n], or a·bᵀ with b [n, k], in double precision.
func product(_ a: [Float], _ b: [Float], m: Int, n: Int, k: Int, isTransposed: Bool) -> [Double] {
    var result = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
        for x in 0..<k {
            let left = Double(a[i * k + x])
            if isTransposed {
                for j in 0..<n { result[i * n + j] += left * Double(b[j * k + x]) }
            } else {
                for j in 0..<n { result[i * n + j] += left * Double(b[x * n + j]) }
            }
        }
    }
    return result
}
