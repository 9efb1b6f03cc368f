// Which slots an optimizer's step reads and writes, as SLOTS and what is given besides say.
#if SLOTS == 0
#define SLOT_VALUES
#elif SLOTS == 1
#define SLOT_VALUES , a
#elif SLOTS == 2
#define SLOT_VALUES , a, b
#else
#define SLOT_VALUES , a, b, c
#endif
#ifdef PENDING
#define PENDING_VALUE , pending
#else
#define PENDING_VALUE
#endif
#ifdef AVERAGE
#define AVERAGE_VALUE , average
#else
#define AVERAGE_VALUE
#endif
#ifdef GIVES_DIRECTION
#define DIRECTION_VALUE , direction
#else
#define DIRECTION_VALUE
#endif

#if SLOTS > 0
vec4 slot_a() { return slot0_here(); }
#else
vec4 slot_a() { return vec4(0.0); }
#endif
#if SLOTS > 1
vec4 slot_b() { return slot1_here(); }
#else
vec4 slot_b() { return vec4(0.0); }
#endif
#if SLOTS > 2
vec4 slot_c() { return slot2_here(); }
#else
vec4 slot_c() { return vec4(0.0); }
#endif
