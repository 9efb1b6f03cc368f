"""Words go into the model itself: TextVectorization, a masked Bidirectional LSTM, saved and loaded with their vocabulary.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands.
"""
import numpy as np
import glbackend as keras
from glbackend import layers
texts=np.array(["a great movie","truly awful film","great acting and great fun","bad bad bad","awful plot","I loved it, great!"]*6); y=np.array([1,0,1,0,0,1]*6)
tv=layers.TextVectorization(max_tokens=100,output_mode="int",output_sequence_length=8); tv.adapt(texts)
print(tv.get_vocabulary()[:4], tv.vocabulary_size())
inp=keras.Input(shape=(1,),dtype="string"); x=tv(inp); x=layers.Embedding(100,8,mask_zero=True)(x); x=layers.Bidirectional(layers.LSTM(8))(x); o=layers.Dense(1,activation="sigmoid")(x)
m=keras.Model(inp,o); m.compile("adam","binary_crossentropy",["accuracy"])
m.fit(texts.reshape(-1,1),y,epochs=2,verbose=0,batch_size=12); print(m.predict(np.array([["great fun"],["awful"]]),verbose=0).shape)
m.save("text.keras"); m2=keras.saving.load_model("text.keras")
assert np.allclose(np.asarray(m2.predict(texts.reshape(-1,1),verbose=0)),np.asarray(m.predict(texts.reshape(-1,1),verbose=0)),atol=1e-6)
multi=layers.TextVectorization(ngrams=2,max_tokens=50,output_mode="tf_idf"); multi.adapt(texts); assert multi(["great movie"]).shape[0] == 1
print("OK")
