/// Rows of text in aligned columns, the first row the titles.
struct TextTable {
    private let rows: [[String]]

    /// Takes rows of equal length.
    init(_ rows: [[String]]) { self.rows = rows }

    /// The table, a line a row, without a line end at the end.
    var text: String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                column == row.count - 1
                    ? cell.0 : cell.0 + String(repeating: " ", count: cell.1 - cell.0.count)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
