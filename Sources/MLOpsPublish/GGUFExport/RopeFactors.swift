internal import Foundation
internal import MLOpsCore

/// Llama 3's rotary scaling as GGUF files store it: a factor for each frequency.
enum RopeFactors {
    /// Returns what each of the `headSize / 2` frequencies is divided by.
    ///
    /// Wavelengths beyond originalPositions / lowFrequencyFactor are stretched by `factor`, those below
    /// originalPositions / highFrequencyFactor are kept, and those between are blended (Llama 3.1's own formula).
    static func llama3(
        base: Double, headSize: Int, factor: Double, low: Double, high: Double, originalPositions: Int
    ) -> [Float] {
        let positions = Double(originalPositions)
        return stride(from: 0, to: headSize, by: 2).map { index in
            let frequency = 1 / pow(base, Double(index) / Double(headSize))
            let wavelength = 2 * Double.pi / frequency
            if wavelength < positions / high { return 1 }
            if wavelength > positions / low { return Float(factor) }
            let smooth = (positions / wavelength - low) / (high - low)
            return Float(1 / ((1 - smooth) / factor + smooth))
        }
    }
}
