/// Rows drawn from a stream of unknown length, each equally likely (reservoir sampling: Vitter's algorithm R, 1985).
public struct RowSample: Sendable {
    private let count: Int
    private var random: PhiloxStream
    private var kept: [(place: Int, row: DatasetRow)] = []
    private var seen = 0

    /// Names the random numbers of a sample: the letters "smpl".
    private static let purpose: UInt32 = 0x736D_706C

    /// Creates the sample of an empty stream, which will hold at most `count` rows.
    public init(count: Int, seed: UInt64) {
        self.count = count
        random = PhiloxStream(seed: seed, purpose: Self.purpose)
    }

    /// Takes note of the next row of the stream.
    public mutating func add(_ row: DatasetRow) {
        defer { seen += 1 }
        guard kept.count == count else { return kept.append((seen, row)) }
        let place = random.next(below: seen + 1)
        if place < count { kept[place] = (seen, row) }
    }

    /// The rows drawn, in the order of the stream.
    public var rows: [DatasetRow] { kept.sorted { $0.place < $1.place }.map(\.row) }
}
