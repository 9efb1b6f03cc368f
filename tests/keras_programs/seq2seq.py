"""Character seq2seq: encoder states to the decoder's initial state, inference models made of trained layers.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as keras

keras.utils.set_random_seed(19)
num_encoder_tokens, num_decoder_tokens, latent_dim, n, t = 6, 7, 16, 48, 5
source = np.random.randint(0, num_encoder_tokens, size=(n, t))
encoder_input_data = np.eye(num_encoder_tokens, dtype="float32")[source]
target = np.concatenate([np.zeros((n, 1), int), source[:, ::-1] + 1], axis=1)
decoder_input_data = np.eye(num_decoder_tokens)[target]
decoder_target_data = np.concatenate([decoder_input_data[:, 1:], decoder_input_data[:, :1]], axis=1)

encoder_inputs = keras.Input(shape=(None, num_encoder_tokens))
encoder = keras.layers.LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]
decoder_inputs = keras.Input(shape=(None, num_decoder_tokens))
decoder_lstm = keras.layers.LSTM(latent_dim, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = keras.layers.Dense(num_decoder_tokens, activation="softmax")
decoder_outputs = decoder_dense(decoder_outputs)
model = keras.Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
h = model.fit([encoder_input_data, decoder_input_data], decoder_target_data, batch_size=16, epochs=4, validation_split=0.2, verbose=0)
assert h.history["loss"][-1] < h.history["loss"][0]
expected = model.predict([encoder_input_data, decoder_input_data], verbose=0)
model.save("s2s_model.keras")
model = keras.models.load_model("s2s_model.keras")
np.testing.assert_allclose(model.predict([encoder_input_data, decoder_input_data], verbose=0), expected, atol=1e-5)

encoder_inputs = model.input[0]
encoder_outputs, state_h_enc, state_c_enc = model.layers[2].output
encoder_states = [state_h_enc, state_c_enc]
encoder_model = keras.Model(encoder_inputs, encoder_states)
decoder_inputs = model.input[1]
decoder_state_input_h = keras.Input(shape=(latent_dim,))
decoder_state_input_c = keras.Input(shape=(latent_dim,))
decoder_states_inputs = [decoder_state_input_h, decoder_state_input_c]
decoder_lstm = model.layers[3]
decoder_outputs, state_h_dec, state_c_dec = decoder_lstm(decoder_inputs, initial_state=decoder_states_inputs)
decoder_states = [state_h_dec, state_c_dec]
decoder_dense = model.layers[4]
decoder_outputs = decoder_dense(decoder_outputs)
decoder_model = keras.Model([decoder_inputs] + decoder_states_inputs, [decoder_outputs] + decoder_states)


def decode_sequence(input_seq):
    states_value = encoder_model.predict(input_seq, verbose=0)
    target_seq = np.zeros((1, 1, num_decoder_tokens))
    target_seq[0, 0, 0] = 1.0
    decoded = []
    while len(decoded) < t:
        output_tokens, h, c = decoder_model.predict([target_seq] + states_value, verbose=0)
        sampled = int(np.argmax(output_tokens[0, -1, :]))
        decoded.append(sampled)
        target_seq = np.zeros((1, 1, num_decoder_tokens))
        target_seq[0, 0, sampled] = 1.0
        states_value = [h, c]
    return decoded


print(decode_sequence(encoder_input_data[:1]))

# masks, a stateful layer, and cells of one's own
inp = keras.Input((None,), dtype="int32")
e = keras.layers.Embedding(8, 4, mask_zero=True)(inp)
r = keras.layers.GRU(5)(e)
masked = keras.Model(inp, keras.layers.Dense(2)(r))
np.testing.assert_allclose(masked.predict(np.array([[1, 2, 0, 0]]), verbose=0), masked.predict(np.array([[1, 2]]), verbose=0), atol=1e-6)


class MinimalRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), initializer="uniform", name="recurrent_kernel")

    def call(self, inputs, states):
        prev_output = states[0]
        h = keras.ops.matmul(inputs, self.kernel)
        output = h + keras.ops.matmul(prev_output, self.recurrent_kernel)
        return output, [output]


x = keras.Input((None, 5))
y = keras.layers.RNN([MinimalRNNCell(8), keras.layers.LSTMCell(4)])(x)
assert y.shape == (None, 4)
print(keras.Model(x, y)(np.ones((2, 3, 5))).shape)
stateful = keras.Sequential([keras.Input(batch_shape=(2, 3, 1)), keras.layers.LSTM(3, stateful=True)])
a = stateful.predict(np.ones((2, 3, 1)), batch_size=2, verbose=0)
b = stateful.predict(np.ones((2, 3, 1)), batch_size=2, verbose=0)
assert not np.allclose(a, b)
stateful.layers[0].reset_states() if hasattr(stateful.layers[0], "reset_states") else stateful.layers[0].reset_state()
np.testing.assert_allclose(stateful.predict(np.ones((2, 3, 1)), batch_size=2, verbose=0), a, atol=1e-6)
print("OK")
