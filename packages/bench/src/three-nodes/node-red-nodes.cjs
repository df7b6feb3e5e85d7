// Loaded by Node-RED: a source and a sink that do nothing but pass messages from and to the program around it.
module.exports = function register(RED) {
  RED.nodes.registerType('bench-source', function createSource(config) {
    RED.nodes.createNode(this, config);
    globalThis.sluiceBench.send = (message) => this.send(message);
  });
  RED.nodes.registerType('bench-sink', function createSink(config) {
    RED.nodes.createNode(this, config);
    this.on('input', (message, _send, done) => {
      globalThis.sluiceBench.arrived(message.payload);
      done();
    });
  });
};
