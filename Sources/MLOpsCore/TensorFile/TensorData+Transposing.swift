extension TensorData {
    /// The transpose of a matrix of numbers that are stored one by one; it owns its bytes.
    ///
    /// - Precondition: it is a matrix, and its type has no blocks.
    package func transposed() -> TensorData {
        precondition(shape.count == 2 && elementType.elementsPerBlock == 1, "\(shape) \(elementType.rawValue)")
        let (rows, columns, size) = (shape[0], shape[1], elementType.bytesPerBlock)
        var turned = [UInt8](repeating: 0, count: byteCount)
        unsafe withBytes { stored in
            unsafe turned.withUnsafeMutableBytes { turned in
                // Both hold rows × columns elements of `size` bytes. By tiles, so that a line of the cache is used whole.
                let tile = 32
                for top in stride(from: 0, to: rows, by: tile) {
                    for left in stride(from: 0, to: columns, by: tile) {
                        for row in top..<min(rows, top + tile) {
                            for column in left..<min(columns, left + tile) {
                                let (from, to) = ((row * columns + column) * size, (column * rows + row) * size)
                                for byte in 0..<size { unsafe turned[to + byte] = stored[from + byte] }
                            }
                        }
                    }
                }
            }
        }
        return TensorData(name: name, elementType: elementType, shape: [columns, rows], bytes: turned)
    }
}
