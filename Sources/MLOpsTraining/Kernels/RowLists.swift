internal import CMLOpsKernels
internal import MLOpsCore

/// Which rows of one matrix make up each row of another: lists one after the other.
struct RowLists {
    private let ids: [Int32]
    /// Where each list begins, and where the last one ends.
    private let starts: [Int]
    private let largest: Int32

    /// - Precondition: no list is empty.
    init(_ lists: [[Int]]) {
        precondition(lists.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 >= 0 } }, "a row of nothing")
        ids = lists.joined().map { Int32($0) }
        starts = lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        largest = ids.max() ?? 0
    }

    /// y[i] = the sum of the rows of x in list i, in its order.
    func sum(_ x: Matrix, into y: Matrix) {
        precondition(
            y.rows == starts.count - 1 && x.columns == y.columns && (y.rows == 0 || largest < x.rows),
            "\(starts.count - 1) lists of rows up to \(largest): \(y.shape) from \(x.shape)")
        unsafe ids.withUnsafeBufferPointer { ids in
            unsafe starts.withUnsafeBufferPointer {
                unsafe mlops_collect_rows(
                    x.pointer, x.stride, ids.baseAddress, $0.baseAddress, y.pointer, y.stride, y.rows, y.columns)
            }
        }
    }
}
