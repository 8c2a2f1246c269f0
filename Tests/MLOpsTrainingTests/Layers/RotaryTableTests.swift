@testable import MLOpsTraining
import Foundation
import MLOpsCore
import TestSupport
import Testing

/// Frequencies of every kind of rotary embedding, as transformers has them (Training/rope.json).
@Suite struct RotaryTableTests {
    @Test func frequenciesAndAmplitudesAreThoseOfTransformers() throws {
        let cases = try #require(JSONValue(parsing: WholeFile.read(Fixture.url("Training/rope.json")))["cases"]?.array)
        #expect(cases.count == 12)
        for example in cases {
            let config = try #require(example["config"])
            let architecture = try DecoderArchitecture(configJSON: config)
            let table = RotaryTable(architecture.rope, size: architecture.rotarySize)
            let length = try #require(example["length"]?.int)
            let frequencies = table.frequencies(length: length)
            let expected = try #require(example["frequencies"]).floats
            #expect(relativeDifference(frequencies, expected) < 1e-6, "\(config["rope_parameters"] ?? nil), \(length)")
            // Each frequency for itself: the small ones turn far positions.
            for (ours, theirs) in zip(frequencies, expected) { #expect(abs(ours - theirs) <= 2e-6 * theirs) }

            let amplitude = try #require(example["amplitude"]?.double)
            let (cosine, sine) = (Matrix(rows: length, columns: 8), Matrix(rows: length, columns: 8))
            table.fill(cosine: cosine, sine: sine, rows: [Pass.Row(tokens: 0..<length, firstPosition: 0)])
            for position in [0, 1, length - 1] {
                for (i, frequency) in expected.enumerated() {
                    let angle = Double(position) * Double(frequency)
                    #expect(abs(Double(cosine[position, i]) - amplitude * cos(angle)) < 2e-4)
                    #expect(abs(Double(sine[position, i]) - amplitude * sin(angle)) < 2e-4)
                }
            }
        }
    }
}
