internal import CMLOpsKernels

// Where kernels leave results that may be of either precision; valid as long as the matrix lives.

extension Matrix {
    var output: mlops_output { unsafe mlops_output(f32: pointer, half: nil, ld: stride) }
}

extension HalfMatrix {
    var output: mlops_output { unsafe mlops_output(f32: nil, half: storage.base + offset, ld: stride) }
}
