#include <cblas.h>
#include <stddef.h>

// Entry points of LAPACK (Fortran), which OpenBLAS holds too; Debian has their headers in a package of their own.
// The last parameter is the length of the text, which Fortran passes unseen.

/// The singular value decomposition of a column-major matrix [m, n].
void sgesdd_(const char *jobz, const int *m, const int *n, float *a, const int *lda, float *s, float *u, const int *ldu,
             float *vt, const int *ldvt, float *work, const int *lwork, int *iwork, int *info, size_t jobz_length);
/// The QR factorisation of a column-major matrix [m, n], Q as reflectors.
void sgeqrf_(const int *m, const int *n, float *a, const int *lda, float *tau, float *work, const int *lwork, int *info);
/// The first n columns of the Q of k reflectors.
void sorgqr_(const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau, float *work,
             const int *lwork, int *info);
