@testable import MLOpsTraining

extension HalfMatrix {
    /// Memory full of numbers that are none.
    static func filled(rows: Int, columns: Int) -> HalfMatrix {
        let stride = HalfMatrix.stride(columns: columns)
        let storage = HalfStorage(count: rows * stride)
        for i in 0..<storage.count { unsafe storage.base[i] = 0x7FC1 }
        return HalfMatrix(storage: storage, rows: rows, columns: columns, stride: stride)
    }

    static func rounded(_ x: Matrix) -> HalfMatrix {
        let half = filled(rows: x.rows, columns: x.columns)
        Kernels.convert(x, into: half)
        return half
    }

    /// The numbers, `padded` with what fills rows up to whole vectors.
    func floats(padded: Bool) -> [Float] {
        let width = padded ? (columns + 15) / 16 * 16 : columns
        return (0..<rows).flatMap { row in
            (0..<width).map { unsafe Float(bitPattern: UInt32(storage.base[offset + row * stride + $0]) << 16) }
        }
    }
}
