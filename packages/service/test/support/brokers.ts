/** The broker and the client of MQTT that this package works with, for tests that stand outside of it. */
export { Aedes } from 'aedes'
export { connectAsync, type MqttClient } from 'mqtt'
