internal import MLOpsCore

/// The buffers of a pass, kept from one pass to the next.
///
/// A pass asks for its buffers in a fixed order; the n-th request of every pass gets the same memory, grown when it must be.
/// Allocating hundreds of megabytes a step would cost a few per cent of it in page faults.
///
/// Unchecked: a workspace is used by one pass at a time. `WorkspacePool`, the only place that keeps one, gives it away before it
/// is used and takes it back after, under a lock.
final class Workspace: @unchecked Sendable {
    private var buffers: [FloatStorage] = []
    private var next = 0
    private var sides: [Pass.Side: HalfStorage] = [:]
    private var packed = HalfStorage(count: 0)
    private var adapter: BoundAdapter?
    /// The largest requests so far, in bytes, when they are only counted.
    private var measured: Requests?

    /// Requests that are counted instead of met: every matrix looks into the same memory, which nobody touches.
    private struct Requests {
        var matrices: [Int] = []
        var sides: [Pass.Side: Int] = [:]
        var packed = 0
        var memory = FloatStorage(count: 0)
        var half = HalfStorage(count: 0)
    }

    /// - Parameter measuring: whether requests are only counted; nothing may then be computed in what is handed out.
    init(measuring: Bool = false) { measured = measuring ? Requests() : nil }

    /// Bytes of the requests of all passes, when they are counted: of the n-th requests, the largest.
    var measuredBytes: Int { measured.map { $0.matrices.reduce(0, +) + $0.sides.values.reduce(0, +) + $0.packed } ?? 0 }

    /// Bytes of the buffers there are.
    var heldBytes: Int {
        4 * buffers.reduce(0) { $0 + $1.count } + 2 * (sides.values.reduce(0) { $0 + $1.count } + packed.count)
    }

    /// Begins a pass: all matrices handed out before are void.
    func rewind() { next = 0 }

    /// An adapter laid out for the kernels, in the memory that the last one of this shape had: training and the scoring between its
    /// steps share it.
    func bound(
        _ adapter: LoRAAdapter, layerCount: Int, precision: RunConfiguration.Precision, wantsGradients: Bool
    ) -> BoundAdapter {
        if let kept = self.adapter, kept.fits(adapter, precision: precision, wantsGradients: wantsGradients) {
            kept.load(adapter)
            return kept
        }
        let made = BoundAdapter(
            adapter, layerCount: layerCount, precision: precision, wantsGradients: wantsGradients)
        self.adapter = made
        return made
    }

    /// Memory for the left side of a bf16 product: always the same, grown when it must be.
    func half(_ side: Pass.Side, count: Int) -> HalfStorage {
        if measured != nil { return measure(half: count) { $0.sides[side] = max($0.sides[side] ?? 0, 2 * count) } }
        if let held = sides[side], held.count >= count { return held }
        let made = HalfStorage(count: count + count / 8)
        sides[side] = made
        return made
    }

    /// Memory for a weight that is packed for one use: always the same, grown when it must be.
    func packedTile(count: Int) -> HalfStorage {
        if measured != nil { return measure(half: count) { $0.packed = max($0.packed, 2 * count) } }
        if packed.count < count { packed = HalfStorage(count: count) }
        return packed
    }

    /// Returns the next buffer as rows × columns, with a stride of `stride` (default: the columns). Its content is arbitrary.
    func matrix(_ rows: Int, _ columns: Int, stride: Int? = nil) -> Matrix {
        let stride = stride ?? columns
        let count = rows * stride
        if measured != nil {
            let memory = measure(count)
            return Matrix(storage: memory, offset: 0, rows: rows, columns: columns, stride: stride)
        }
        if next == buffers.count {
            buffers.append(FloatStorage(count: count, isLasting: true))
        } else if buffers[next].count < count {
            buffers[next] = FloatStorage(count: count + count / 8, isLasting: true)
        }
        defer { next += 1 }
        return Matrix(storage: buffers[next], offset: 0, rows: rows, columns: columns, stride: stride)
    }

    private func measure(_ count: Int) -> FloatStorage {
        guard var requests = measured else { preconditionFailure("a workspace that meets requests") }
        defer {
            measured = requests
            next += 1
        }
        if next == requests.matrices.count { requests.matrices.append(0) }
        requests.matrices[next] = max(requests.matrices[next], 4 * count)
        if requests.memory.count < count { requests.memory = FloatStorage(count: count) }
        return requests.memory
    }

    private func measure(half count: Int, _ note: (inout Requests) -> Void) -> HalfStorage {
        guard var requests = measured else { preconditionFailure("a workspace that meets requests") }
        defer { measured = requests }
        note(&requests)
        if requests.half.count < count { requests.half = HalfStorage(count: count) }
        return requests.half
    }
}
