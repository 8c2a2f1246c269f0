@testable import MLOpsTraining
import MLOpsCore
import TestSupport
import Testing

/// bf16 weights in twelve bits each, against the same weights as they are stored.
@Suite struct CompactMatrixTests {
    /// Random signs and fractions with 15 exponents from 120 down, zeros of both signs among them; of those smaller ones that are
    /// exceptions, one in `rarity`.
    static func weights(rows: Int, columns: Int, rarity: Int?) -> TensorData {
        var numbers = TestNumbers(3 + rows + columns)
        let words = (0..<rows * columns).map { _ -> UInt16 in
            let sign = UInt16(numbers.integer(below: 2)) << 15
            if numbers.integer(below: 40) == 0 { return sign }
            let isException = rarity.map { numbers.integer(below: $0) == 0 } ?? false
            let exponent = UInt16(120 - numbers.integer(below: 15) - (isException ? 15 : 0))
            return sign | exponent << 7 | UInt16(numbers.integer(below: 128))
        }
        return tensor(words, rows: rows, columns: columns)
    }

    static func tensor(_ words: [UInt16], rows: Int, columns: Int) -> TensorData {
        TensorData(
            name: "w", elementType: .bf16, shape: [rows, columns],
            bytes: words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
    }

    /// The product as bits: zeros of both signs count as different.
    static func product(_ x: Matrix, _ w: ReadableWeight, adding: [Float]? = nil) -> [UInt32] {
        let y = Framed(adding, rows: x.rows, columns: w.rowCount)
        Kernels.multiplyStored(x, w, into: y.matrix, adding: adding != nil)
        #expect(y.isIntact)
        return y.matrix.elements().map(\.bitPattern)
    }

    /// A row of 8,256 is longer than what is taken at a time.
    @Test(arguments: Kernels.instructionSets, [(1, 64, nil), (37, 192, nil), (50, 576, 200), (5, 8_256, 150)])
    func productsAreThoseOfTheStoredWeightsToTheBit(set: Kernels.InstructionSet, shape: (Int, Int, Int?)) throws {
        let (outputs, k, rarity) = shape
        let stored = Self.weights(rows: outputs, columns: k, rarity: rarity)
        let compact = try #require(Kernels.using(set) { CompactMatrix(stored) })
        let exceptions = compact.byteCount - outputs * (8 + k / 64 * 96)
        #expect((exceptions > 0) == (rarity != nil))
        for rows in [1, 2, 3, 4, 7, 13, 101] {
            var numbers = TestNumbers(rows)
            let x = Framed(numbers.floats(rows * k, scale: 3), rows: rows, columns: k).matrix
            for before in [nil, numbers.floats(rows * outputs)] {
                let (ours, plain) = Kernels.using(set) {
                    (
                        Self.product(x, .compact(compact), adding: before),
                        Self.product(x, .stored(stored), adding: before)
                    )
                }
                #expect(ours == plain, "\(rows) rows")
            }
        }
    }

    /// Rows of zeros, numbers below the normal ones, exponents at both ends; every bit of every number comes back.
    @Test(arguments: Kernels.instructionSets)
    func everyNumberComesBack(set: Kernels.InstructionSet) throws {
        let k = 1024
        // Lists are short in comparison to all rows.
        var words = [UInt16](repeating: 0, count: 90 * k)
        words[5] = 0x8000
        for (top, spread) in [(140, 15), (15, 16), (3, 4), (1, 2)] {
            words += (0..<k).map { i in
                UInt16(max(0, top - i % spread)) << 7 | UInt16(i * 37 % 128) | (i % 3 == 0 ? 0x8000 : 0)
            }
        }
        words[90 * k + 5] = 0x0001  // the smallest number beside large ones
        let stored = Self.tensor(words, rows: words.count / k, columns: k)
        let compact = try #require(Kernels.using(set) { CompactMatrix(stored) })
        // A row of ones and zeros picks a number out; 20 rows are converted to numbers first.
        for rows in [1, 20] {
            for column in [0, 1, 5, 8, 15, 16, 40, 63, 64, 700, k - 1] {
                let x = Matrix([Float](repeating: 0, count: rows * k), rows: rows, columns: k)
                x[rows - 1, column] = 1
                let bits = Kernels.using(set) { Self.product(x, .compact(compact)) }
                for row in [0, 50] + (90..<stored.rowCount) {
                    let expected = Float(bitPattern: UInt32(words[row * k + column]) << 16)
                    let number = Float(bitPattern: bits[(rows - 1) * stored.rowCount + row])
                    #expect(number == expected, "row \(row), column \(column)")
                }
            }
        }
    }

    @Test func whatItCannotHoldStaysAsItIs() {
        let columns = 128
        #expect(CompactMatrix(Self.weights(rows: 3, columns: 96, rarity: nil)) == nil, "columns no multiple of 64")
        #expect(CompactMatrix(Self.weights(rows: 30, columns: columns, rarity: 3)) == nil, "too many exceptions")
        for wrong: UInt16 in [0x7F80, 0xFF80, 0x7FC0, 0x7F7F] {
            var words = [UInt16](repeating: 0x3F80, count: 3 * columns)
            words[200] = wrong
            #expect(CompactMatrix(Self.tensor(words, rows: 3, columns: columns)) == nil, "infinite, no number, or huge")
        }
        let floats = TensorData(name: "w", shape: [2, 64], floats: [Float](repeating: 1, count: 128))
        #expect(CompactMatrix(floats) == nil)
    }

    /// A model's answers, one alone and several together, with the weights where they are stored and written anew.
    @Test(arguments: [ElementType.bf16, .f32, .f16]) func answersAreTheSame(stored: ElementType) throws {
        let kind = TinyModel(
            name: "of whole blocks", hidden: 64, inner: 128, layers: 2, heads: 4, keyValueHeads: 2, headSize: 16,
            vocabulary: 101, positions: 256, seed: 3)
        let folder = try TemporaryDirectory()
        var texts: [[[Int32]]] = []
        for compacts in [false, true] {
            let model = try kind.load(
                in: folder, weights: stored, options: ComputeOptions(compactsWeights: compacts))
            var numbers = TestNumbers(4)
            let prompts = (0..<6).map { _ in numbers.ids(9, vocabulary: kind.vocabulary) }
            // One first, whose tokens ask for the other form; then several, and one whose prompt meets it.
            let options = GenerationOptions(maximumTokens: 30)
            var answers: [[Int32]] = []
            for some in [Array(prompts[..<1]), prompts, Array(prompts[2...2])] {
                answers += try model.continuations(of: some, adapter: nil, options: options, stopIDs: []).map(\.ids)
            }
            texts.append(answers)
            let forms = model.matrices.map(\.answeringForm)
            #expect(forms.allSatisfy { ($0 != nil) == compacts })
            let isCompact = forms.contains { if case .compact = $0 { true } else { false } }
            #expect(isCompact == (compacts && stored == .bf16))
        }
        #expect(texts[0] == texts[1])
    }

    /// Short answers leave weights where they are; so does a machine without room.
    @Test func fewTokensWriteNothing() throws {
        let kind = TinyModel(
            name: "asked little", hidden: 64, inner: 128, layers: 1, heads: 4, keyValueHeads: 2, headSize: 16,
            vocabulary: 101, positions: 256, seed: 3)
        let folder = try TemporaryDirectory()
        let model = try kind.load(in: folder, weights: .bf16, options: ComputeOptions())
        _ = try model.continuations(
            of: [[1, 2, 3]], adapter: nil, options: GenerationOptions(maximumTokens: 6), stopIDs: [])
        #expect(model.matrices.allSatisfy { $0.answeringForm == nil })
        let weights = Self.weights(rows: 3, columns: 128, rarity: nil)
        #expect(CompactMatrix(weights, in: WeightRoom(limit: 500)) == nil)
        #expect(CompactMatrix(weights, in: WeightRoom(limit: 700)) != nil)
    }
}
