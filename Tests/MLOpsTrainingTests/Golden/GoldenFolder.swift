import Foundation
import MLOpsCore
import TestSupport

/// The folder of golden cases: what `MLOPS_GOLDEN` names, which holds more than the fixtures of this package.
enum GoldenFolder {
    static let url: URL? = ProcessInfo.processInfo.environment["MLOPS_GOLDEN"]
        .flatMap { $0.isEmpty ? nil : URL(filePath: $0) }

    static func json(_ url: URL) throws -> JSONValue { try JSONValue(parsing: WholeFile.read(url)) }
}

extension JSONValue {
    /// The elements as token ids.
    var ids: [Int32] { array?.compactMap { $0.int.map { Int32($0) } } ?? [] }
    /// The elements as numbers.
    var floats: [Float] { array?.compactMap { $0.double.map { Float($0) } } ?? [] }
}

/// max |a − b| / max |b|
func relativeDifference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count, !a.isEmpty else { return .infinity }
    let size = b.map(abs).max() ?? 0
    return zip(a, b).map { abs($0 - $1) }.max().map { $0 / max(size, .leastNormalMagnitude) } ?? .infinity
}
