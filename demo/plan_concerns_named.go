package demo

import (
	"bytes"

	"cunwu/service/concern"
)

// withNames lists what people say with their name, which verified villagers of
// the village see, with a pin on the map, and with their voice.
func withNames() []saying {
	return []saying{
		say(Village, 1, 19, 31, "road", "一组到沟口那座小桥的桥面翘起一块板，骑车要下来推。", registered(), given(1, "村道养护员", 15),
			finished(8, "翘起的板换了，两头加了螺栓。").shown("bridge"), rated(9, concern.Satisfied, "好走了。")).
			at("一组沟口小桥").pinned(32.2318, 106.2907).shot("rail").seen(concern.Named),
		say(Village, 5, 32, 9, "irrigation", "五组水沟转弯的地方老是堵，下大雨就漫到路上，请安排人掏一下。（附语音）", registered(), given(1, "五组组长", 20)).
			at("五组水沟转弯处").pinned(32.2274, 106.2986).recorded("五组这个水沟转弯的地方，一下大雨就堵，水都漫到路上来了，请安排人来掏一下。").seen(concern.Named),
		say(liushu, 2, 20, 17, "farming", "茶园边上的喷雾器清洗点没有水龙头，大家都拿到沟里洗，请想个办法。", registered(),
			given(2, "村委会副主任", 25), meanwhile(8, "水管已经接到路边，等水泥墩子干了就装龙头。")).
			pinned(32.2441, 106.3132).joined(2),
	}
}

// recording is eight seconds of silence, MPEG-2 layer III at 8 kbit/s: the sample
// has nobody's voice.
var recording = bytes.Repeat(append([]byte{0xFF, 0xF3, 0x10, 0xC0}, make([]byte, 22)...), 306)
