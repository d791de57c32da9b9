// Only writing needs these parts of the library, and the server has nothing to
// write to.
exports.toJson = () => {
  throw new Error('open311: writing is not part of this build');
};
