/// Classes of characters that are written together.
enum UnicodeScript {
    /// The class of a scalar; 0 goes with every other.
    private static func script(of value: UInt32) -> UInt8 {
        if value == 0x20 { return 0 }
        // The last run that begins at or before the scalar.
        var lower = 0
        var upper = runs.count
        while upper - lower > 1 {
            let middle = (lower + upper) / 2
            if runs[middle] >> 8 <= value { lower = middle } else { upper = middle }
        }
        return UInt8(truncatingIfNeeded: runs[lower])
    }

    /// Divides the bytes `piece` of `text` where the script changes.
    ///
    /// What stands before the first character that has a script is left out, as the reference does.
    static func divide(_ text: [UInt8], _ piece: Range<Int>) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start: Int?
        var last: UInt8 = 0
        var index = piece.lowerBound
        while index < piece.upperBound {
            let (value, width) = text.scalar(at: index)
            let script = script(of: value)
            if script != 0, script != last {
                if let start { pieces.append(start..<index) }
                start = index
                last = script
            }
            index += width
        }
        if let start { pieces.append(start..<piece.upperBound) }
        return pieces
    }
}
